#include "profiles/tune/generalize/generalize.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "profiles/tune/generalize/filter_reach.h"
#include "profiles/tune/generalize/filter_text.h"

using namespace sbtune;
using namespace sbtune::tune;

namespace {

const catalog::Places& Built() { return catalog::Places::BuiltIn(); }

// Evidence as tests write it: runs with parameters, and what each was denied.
struct Scene {
  std::vector<RunFacts> runs;
  std::vector<PathDenial> denials;

  std::uint32_t Run(std::map<std::string, std::string> parameters) {
    runs.push_back({fmt::format("run{}", runs.size()), std::move(parameters)});
    return static_cast<std::uint32_t>(runs.size() - 1);
  }
  void Deny(std::uint32_t run, const std::string& operation, const std::string& path) {
    for (PathDenial& denial : denials) {
      if (denial.operation != operation || denial.path != path) continue;
      if (std::find(denial.runs.begin(), denial.runs.end(), run) == denial.runs.end())
        denial.runs.push_back(run);
      return;
    }
    auto reach = catalog::Reach::kWrite;
    if (operation == "file-read-metadata") reach = catalog::Reach::kStat;
    if (operation == "file-read-data") reach = catalog::Reach::kRead;
    if (operation == "process-exec*") reach = catalog::Reach::kRun;
    denials.push_back({operation, path, reach, {run}, static_cast<std::uint32_t>(denials.size())});
  }
  [[nodiscard]] Generalized Solve(const ReferenceTree* tree = nullptr) const {
    const std::vector<std::string> names = {"CWD", "HOME", "TMPDIR"};
    const Placement placement(runs, names, Built());
    GeneralizeOptions options;
    options.tree = tree;
    return GeneralizePaths(denials, placement, Built(), options);
  }
  [[nodiscard]] std::vector<std::string> Texts(const ReferenceTree* tree = nullptr) const {
    const std::vector<std::string> names = {"CWD", "HOME", "TMPDIR"};
    const Placement placement(runs, names, Built());
    GeneralizeOptions options;
    options.tree = tree;
    std::vector<std::string> texts;
    for (const GeneralRule& rule : GeneralizePaths(denials, placement, Built(), options).rules) {
      texts.push_back(fmt::format("{} {}", fmt::join(rule.operations, " "),
                                  FilterText(rule.filter, placement.roots()[rule.filter.root], Built())));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }
};

std::string Letters(std::mt19937& random, std::size_t length) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string name;
  for (std::size_t i = 0; i < length; ++i) name += letters[random() % letters.size()];
  return name;
}

// A program that compiles: reads a tool chain, writes its working folder and temporary files of random names.
Scene Compiler(std::uint32_t runs, std::uint32_t seed) {
  Scene scene;
  std::mt19937 random(seed);
  for (std::uint32_t i = 0; i < runs; ++i) {
    const std::string cwd = "/private/tmp/job." + Letters(random, 6);
    const std::uint32_t run = scene.Run({{"CWD", cwd}, {"HOME", "/Users/me"}});
    for (int n = 0; n < 12; ++n) {
      scene.Deny(run, "file-read-data",
                 fmt::format("/usr/include/part{}.h", static_cast<char>('a' + random() % 26)));
    }
    for (int n = 0; n < 3; ++n) {
      const std::string temporary = "/private/tmp/cc" + Letters(random, 6) + (n == 0 ? ".s" : ".o");
      for (const char* operation :
           {"file-write-create", "file-write-data", "file-write-unlink", "file-read-data"}) {
        scene.Deny(run, operation, temporary);
      }
    }
    for (int n = 0; n < 5; ++n) {
      scene.Deny(run, "file-write-create", fmt::format("{}/build/{}.o", cwd, Letters(random, 5)));
    }
    scene.Deny(run, "file-read-metadata", "/Users/me/.toolrc");
    scene.Deny(run, "process-exec*", "/usr/bin/ld");
  }
  return scene;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("a path that every run asks for stays a literal") {
  Scene scene;
  for (int i = 0; i < 3; ++i) scene.Deny(scene.Run({}), "file-read-data", "/private/etc/localtime");
  CHECK(scene.Texts() == List{R"(file-read-data (literal "/private/etc/localtime"))"});
}

TEST_CASE("paths in each run's working folder become one path of the parameter") {
  Scene scene;
  for (const char* cwd : {"/private/tmp/job.1", "/private/tmp/job.2"}) {
    scene.Deny(scene.Run({{"CWD", cwd}}), "file-read-data", std::string(cwd) + "/main.c");
  }
  CHECK(scene.Texts() == List{R"(file-read-data (literal (string-append (param "CWD") "/main.c")))"});
}

TEST_CASE("names that change from run to run become a shape, anchored and inside one folder") {
  Scene scene;
  const std::vector<List> names = {{"ccB0HFo2.o", "cciwGn2A.s"}, {"ccqxK3Qz.s", "ccMfHNFe.o"}};
  for (const List& in_run : names) {
    const std::uint32_t run = scene.Run({});
    for (const std::string& name : in_run) scene.Deny(run, "file-write-create", "/private/tmp/" + name);
  }
  CHECK(scene.Texts() ==
        List{"file-write-create (regex #\"^/private/tmp/"
             R"(cc[A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9](\.o|\.s)$"))"});
}

TEST_CASE("two temporary names that the program made itself are a shape; what it only looked at is not") {
  const List names = {"app-8cHX6i", "app-k83eMg"};
  Scene scene;
  for (const std::string& name : names) {
    const std::uint32_t run = scene.Run({});
    scene.Deny(run, "file-write-create", "/private/tmp/" + name);
    scene.Deny(run, "file-read-data", "/private/var/tmp/" + name);
    scene.Deny(run, "file-write-create", "/usr/local/var/" + name);
  }
  const std::string shape =
      "file-write-create (regex #\"^/private/tmp/app-[A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9]$\")";
  const List texts = scene.Texts();
  CHECK(texts.size() == 5);
  CHECK(std::find(texts.begin(), texts.end(), shape) != texts.end());
  // What somebody else has there under such a name is left alone.
  const ReferenceTree tree = ReferenceTree::FromPaths("/private/tmp/app-Zz9Yy8\n");
  CHECK(scene.Texts(&tree).size() == 6);
}

TEST_CASE("writes below the working folder leave hooks and secrets closed") {
  Scene scene;
  for (int i = 0; i < 2; ++i) {
    const std::string cwd = fmt::format("/private/tmp/job.{}", i);
    const std::uint32_t run = scene.Run({{"CWD", cwd}});
    for (int n = 0; n < 8; ++n)
      scene.Deny(run, "file-write-create", fmt::format("{}/out/{}", cwd, static_cast<char>('a' + n + 8 * i)));
    scene.Deny(run, "file-write-create", cwd + "/.git/hooks/pre-commit");
    scene.Deny(run, "file-write-create", cwd + "/.git/hooks/pre-commit.sample");
  }
  const Generalized result = scene.Solve();
  REQUIRE(result.rules.size() == 1);
  const PathFilter& filter = result.rules[0].filter;
  CHECK(filter.kind == FilterKind::kTree);
  CHECK(Lets(filter, "/w", "/w/out/new", Built()));
  CHECK(Lets(filter, "/w", "/w/.git/hooks/pre-push.sample", Built()));
  CHECK_FALSE(Lets(filter, "/w", "/w/.git/hooks/pre-push", Built()));
  CHECK_FALSE(Lets(filter, "/w", "/w/sub/.git/modules/x/hooks/post-merge", Built()));
  CHECK_FALSE(Lets(filter, "/w", "/w/.env", Built()));
  CHECK_FALSE(Lets(filter, "/w", "/wide/out", Built()));
  REQUIRE(result.asked.size() == 2);
  CHECK(result.asked[0].survey.reason == "hook **/*.git/**/hooks/**");
}

TEST_CASE("secrets and the user's documents are handed back, never covered") {
  Scene scene;
  for (int i = 0; i < 3; ++i) {
    const std::uint32_t run = scene.Run({{"HOME", "/Users/me"}});
    for (const char* path :
         {"/Users/me/.ssh/id_rsa", "/Users/me/Documents/tax.pdf", "/Users/me/Library/Keychains/a.db",
          "/Volumes/Backup/x", "/private/etc/sudoers"}) {
      scene.Deny(run, "file-read-data", path);
      scene.Deny(run, "file-read-metadata", path);
    }
    scene.Deny(run, "file-write-create", "/Users/me/Library/LaunchAgents/x.plist");
  }
  const Generalized result = scene.Solve();
  CHECK(result.rules.empty());
  CHECK(result.asked.size() == 11);
}

TEST_CASE("no rule is needed twice, and each covers what it says") {
  for (std::uint32_t seed = 0; seed < 5; ++seed) {
    const Scene scene = Compiler(3, seed);
    const std::vector<std::string> names = {"CWD", "HOME"};
    const Placement placement(scene.runs, names, Built());
    const Generalized result = GeneralizePaths(scene.denials, placement, Built(), {});
    const auto lets = [&](const GeneralRule& rule, const PathDenial& denial, std::uint32_t run) {
      const Root& root = placement.roots()[rule.filter.root];
      const std::string value = root.parameter.empty() ? "/" : scene.runs[run].parameters.at(root.parameter);
      return std::find(rule.operations.begin(), rule.operations.end(), denial.operation) !=
                 rule.operations.end() &&
             Lets(rule.filter, value, denial.path, Built());
    };
    for (const PathDenial& denial : scene.denials) {
      for (const std::uint32_t run : denial.runs) {
        const auto by = std::count_if(result.rules.begin(), result.rules.end(),
                                      [&](const GeneralRule& rule) { return lets(rule, denial, run); });
        CAPTURE(denial.path);
        CHECK(by >= 1);
      }
    }
    for (const GeneralRule& rule : result.rules) {
      for (const std::string& operation : rule.operations) {
        const bool needed =
            std::any_of(scene.denials.begin(), scene.denials.end(), [&](const PathDenial& denial) {
              return denial.operation == operation &&
                     std::any_of(denial.runs.begin(), denial.runs.end(), [&](std::uint32_t run) {
                       return lets(rule, denial, run) &&
                              std::none_of(result.rules.begin(), result.rules.end(),
                                           [&](const GeneralRule& other) {
                                             return &other != &rule && lets(other, denial, run);
                                           });
                     });
            });
        CAPTURE(FilterText(rule.filter, placement.roots()[rule.filter.root], Built()));
        CHECK(needed);
      }
    }
  }
}

TEST_CASE("the order of denials and of runs changes nothing") {
  const Scene scene = Compiler(3, 42);
  const List first = scene.Texts();
  std::mt19937 random(1);
  for (int round = 0; round < 10; ++round) {
    Scene shuffled = scene;
    std::shuffle(shuffled.denials.begin(), shuffled.denials.end(), random);
    std::vector<std::uint32_t> order = {0, 1, 2};
    std::shuffle(order.begin(), order.end(), random);
    for (std::size_t i = 0; i < order.size(); ++i) shuffled.runs[order[i]] = scene.runs[i];
    for (PathDenial& denial : shuffled.denials) {
      for (std::uint32_t& run : denial.runs) run = order[run];
      std::sort(denial.runs.begin(), denial.runs.end());
    }
    CHECK(shuffled.Texts() == first);
  }
}

TEST_CASE("a run that brings nothing new narrows nothing away") {
  Scene scene = Compiler(2, 7);
  const Generalized before = scene.Solve();
  std::size_t covered = 0;
  for (const GeneralRule& rule : before.rules) covered += rule.covers.size();
  CHECK(covered >= scene.denials.size());
}

TEST_CASE("an operation is allowed for a folder only if it was denied there") {
  const Scene scene = Compiler(3, 9);
  for (const GeneralRule& rule : scene.Solve().rules) {
    for (const std::string& operation : rule.operations) {
      CHECK(std::any_of(rule.covers.begin(), rule.covers.end(),
                        [&](std::uint32_t id) { return scene.denials[id].operation == operation; }));
    }
  }
}

TEST_CASE("chosen names cannot open what must stay closed") {
  const std::vector<std::string> canaries = {"/Users/me/.ssh/id_ed25519",
                                             "/Users/me/.aws/credentials",
                                             "/Users/me/Library/Keychains/login.keychain-db",
                                             "/Users/me/Library/LaunchAgents/x.plist",
                                             "/Users/me/Documents/a.pdf",
                                             "/Users/me/.zshrc",
                                             "/Library/LaunchDaemons/x",
                                             "/private/etc/sudoers",
                                             "/private/var/db/dslocal/nodes/Default/users/root.plist",
                                             "/Users/me/notes.txt",
                                             "/Users/me/.config/gh/hosts.yml",
                                             "/private/tmp/job.1/.git/hooks/post-commit",
                                             "/Users/other/.ssh/id_rsa"};
  const std::vector<std::string> near = {"/Users/me/{}",
                                         "/Users/me/.ssh{}",
                                         "/Users/{}/x",
                                         "/Users/me/.{}",
                                         "/Users/me/Library/{}",
                                         "/Users/me/.config/{}",
                                         "/private/etc/{}",
                                         "/private/var/db/{}",
                                         "/private/var/{}",
                                         "/Library/{}",
                                         "/Users/me/Library/LaunchAgents{}/x",
                                         "/private/tmp/job.1/.git/{}",
                                         "/private/tmp/job.1/{}",
                                         "/{}",
                                         "/Users/me/.config/{}/hosts.yml",
                                         "/Users/{}/.ssh/id_rsa",
                                         "/private/etc/sudoer{}",
                                         "/Users/me/.zsh{}",
                                         "/Users/me/Documents{}"};
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    Scene scene;
    for (int i = 0; i < 3; ++i) {
      const std::uint32_t run = scene.Run({{"CWD", "/private/tmp/job.1"}, {"HOME", "/Users/me"}});
      for (int n = 0; n < 80; ++n) {
        const std::string name = random() % 3 == 0   ? Letters(random, 6)
                                 : random() % 2 == 0 ? std::to_string(random() % 100)
                                                     : "pre" + Letters(random, 2);
        const char* const operations[] = {"file-read-data", "file-read-metadata", "file-write-create",
                                          "file-write-data", "process-exec*"};
        scene.Deny(run, operations[random() % 5],
                   fmt::format(fmt::runtime(near[random() % near.size()]), name));
      }
    }
    const Generalized result = scene.Solve();
    for (const GeneralRule& rule : result.rules) {
      for (const std::string& canary : canaries) {
        const char* const roots[] = {"/", "/private/tmp/job.1", "/Users/me"};  // as Placement sorts them
        if (!Lets(rule.filter, roots[rule.filter.root], canary, Built())) continue;
        // What a hook says may be read; it may not be written or run.
        CAPTURE(canary);
        CHECK(canary.find("/hooks/") != std::string::npos);
        for (const std::string& operation : rule.operations) CHECK(operation.starts_with("file-read"));
      }
    }
  }
}

TEST_CASE("repeating a denial in one run raises no confidence") {
  Scene scene;
  const std::uint32_t run = scene.Run({});
  std::mt19937 random(2);
  for (int i = 0; i < 50; ++i) scene.Deny(run, "file-write-create", "/private/tmp/x" + Letters(random, 6));
  scene.Run({});
  for (const GeneralRule& rule : scene.Solve().rules) CHECK(rule.filter.kind == FilterKind::kLiteral);
}

TEST_CASE("a reference tree makes a crowded folder dear and an empty one cheap") {
  std::string crowded;
  std::string sparse;
  for (int i = 0; i < 5000; ++i) crowded += fmt::format("/usr/lib/tool/data/f{}.bin\n", i);
  for (int i = 0; i < 12; ++i)
    sparse += fmt::format("/usr/lib/tool/data/{}.bin\n", static_cast<char>('a' + i));
  Scene scene;
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t run = scene.Run({});
    for (int n = 0; n < 5; ++n) {
      scene.Deny(run, "file-read-data",
                 fmt::format("/usr/lib/tool/data/{}.bin", static_cast<char>('a' + n + 5 * i)));
    }
  }
  const ReferenceTree dear = ReferenceTree::FromPaths(crowded);
  const ReferenceTree cheap = ReferenceTree::FromPaths(sparse);
  CHECK(scene.Texts(&cheap) == List{R"(file-read-data (subpath "/usr/lib/tool/data"))"});
  CHECK(scene.Texts(&dear).size() == 10);
}

TEST_CASE("the bulk of a library that nobody needs is left out of the rule for it") {
  std::string paths;
  for (int i = 0; i < 4000; ++i) paths += fmt::format("/usr/local/lib/lang/packages/p{}/x.src\n", i);
  for (int i = 0; i < 60; ++i) paths += fmt::format("/usr/local/lib/lang/{}{}.src\n", static_cast<char>('a' + i % 26), i);
  Scene scene;
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t run = scene.Run({});
    for (int n = 0; n < 8; ++n) {
      const int module = n + 8 * i;
      scene.Deny(run, "file-read-data", fmt::format("/usr/local/lib/lang/{}{}.src", static_cast<char>('a' + module % 26), module));
    }
    scene.Deny(run, "file-read-data", "/usr/local/lib/lang/packages");
    scene.Deny(run, "file-read-data", "/usr/local/lib/lang/packages/p7/x.src");
  }
  const ReferenceTree tree = ReferenceTree::FromPaths(paths);
  CHECK(scene.Texts(&tree) ==
        List{R"(file-read-data (literal "/usr/local/lib/lang/packages"))",
             R"(file-read-data (literal "/usr/local/lib/lang/packages/p7/x.src"))",
             R"(file-read-data (require-all (subpath "/usr/local/lib/lang") )"
             R"((require-not (subpath "/usr/local/lib/lang/packages"))))"});
  const Generalized result = scene.Solve(&tree);
  const auto wide = std::find_if(result.rules.begin(), result.rules.end(),
                                 [](const GeneralRule& rule) { return rule.filter.kind == FilterKind::kTree; });
  REQUIRE(wide != result.rules.end());
  CHECK(Lets(wide->filter, "/", "/usr/local/lib/lang/new.src", Built()));
  CHECK_FALSE(Lets(wide->filter, "/", "/usr/local/lib/lang/packages", Built()));
  CHECK_FALSE(Lets(wide->filter, "/", "/usr/local/lib/lang/packages/p8/x.src", Built()));
  CHECK(Lets(wide->filter, "/", "/usr/local/lib/lang/packages2/x.src", Built()));
  CHECK(OpenedIn(tree, wide->filter, "/", Built()).size() == 61);
  // Where the bulk is read under another spelling, nothing is left out that was needed.
  Scene folded = scene;
  folded.Deny(0, "file-read-data", "/usr/local/lib/lang/Packages/p9/x.src");
  for (const GeneralRule& rule : folded.Solve(&tree).rules) CHECK(rule.filter.holes.empty());
}

TEST_CASE("a folder with files of others is not the program's own") {
  Scene scene;
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t run = scene.Run({{"HOME", "/Users/me"}});
    scene.Deny(run, "file-write-create", "/Users/me/.config/tool");
    for (int n = 0; n < 6; ++n)
      scene.Deny(run, "file-write-create", fmt::format("/Users/me/.config/tool/{}", static_cast<char>('a' + n + 6 * i)));
  }
  CHECK(scene.Texts().size() == 1);
  const ReferenceTree tree =
      ReferenceTree::FromPaths("/Users/me/.config/tool\n/Users/me/.config/tool/token\n");
  for (const GeneralRule& rule : scene.Solve(&tree).rules) CHECK(rule.filter.kind == FilterKind::kLiteral);
}
