#include "profiles/catalog/places.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "profiles/catalog/glob.h"

using namespace sbtune::catalog;

namespace {

std::vector<PathStep> Pattern(std::string_view path) {
  std::vector<PathStep> steps = StepsOf(path);
  for (PathStep& step : steps) step.glob = HasWildcard(step.text);
  return steps;
}

Treatment Tree(std::string_view path, Reach reach, Places::Owner owner = Places::Owner::kAnybody) {
  return Places::BuiltIn().Ask(Pattern(path), Places::Extent::kTree, reach, owner).treatment;
}

Survey Path(std::string_view path, Reach reach) {
  return Places::BuiltIn().AskPath(path, reach, Places::Owner::kAnybody);
}

}  // namespace

TEST_CASE("globs match and meet as sets of names do") {
  CHECK(GlobMatches("*.sample", "pre-push.sample"));
  CHECK_FALSE(GlobMatches("*.sample", "pre-push"));
  CHECK(GlobMatches("a*b*c", "axxbxc"));
  CHECK_FALSE(GlobMatches("a*b*c", "axxbx"));
  CHECK(GlobMatches("?", "x"));
  CHECK_FALSE(GlobMatches("?", ""));
  CHECK(GlobsMeet("ssh_host_*_key", "ssh_*"));
  CHECK(GlobsMeet("*_history", ".zsh*"));
  CHECK_FALSE(GlobsMeet("cc*.o", "*.s"));
  CHECK(GlobsMeet("*", ""));
  CHECK_FALSE(GlobsMeet("a?", "a"));
  const std::string six(6, kOneWord);
  CHECK(GlobsMeet("." + six, ".docker"));
  CHECK_FALSE(GlobsMeet("." + six, ".kube"));
  CHECK_FALSE(GlobsMeet("tmp." + six, "*.p12"));
  CHECK(GlobsMeet("tmp." + six, "tmp.*"));
  CHECK(GlobsMeet("*_rsa", "id" + six.substr(2)));
  CHECK(GlobsMeet(std::string(8, kOneWord), "id_ecdsa"));
  CHECK_FALSE(GlobsMeet(std::string(8, kOneAlnum), "id_ecdsa"));
  CHECK_FALSE(GlobsMeet(std::string(6, kOneHex) + kHexes, "id_ed25519"));
  CHECK(GlobsMeet(std::string(6, kOneHex) + kHexes, "deadbeef*"));
  CHECK(GlobsMeet(std::string(2, kOneHex) + kHexes, std::string("f") + kAlnums));
  CHECK(GlobsMeet(std::string("id_") + kWords, "id_rsa"));
  CHECK_FALSE(GlobsMeet(std::string("id_") + kDigits, "id_rsa"));
  CHECK_FALSE(GlobsMeet(std::string("x") + kNumbers, "*.pfx"));
}

namespace {

// Obvious and slow: `**` stands for any number of names, at the end for one at least.
bool Stands(std::span<const std::string> pattern, std::span<const PathStep> steps) {
  if (pattern.empty()) return steps.empty();
  if (pattern[0] != "**") {
    return !steps.empty() && GlobMatches(pattern[0], steps[0].text) && Stands(pattern.subspan(1), steps.subspan(1));
  }
  if (pattern.size() == 1) return !steps.empty();
  for (std::size_t n = 0; n <= steps.size(); ++n) {
    if (Stands(pattern.subspan(1), steps.subspan(n))) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a pattern with ** stands for a path where some division of the path fits") {
  std::mt19937 random(11);
  const std::vector<std::string> words{"a", "b", "a*", "**"};
  int standing = 0;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::string> pattern;
    std::string line = "size 1e9 ";
    for (std::size_t n = random() % 5 + 1; n > 0; --n) pattern.push_back(words[random() % words.size()]);
    if (pattern.front() == "**") pattern.push_back("a");  // `**` alone is no pattern
    for (const std::string& part : pattern) line += "/" + part;
    if (pattern.front() == "**") line.erase(line.find('/'), 1);
    CAPTURE(line);
    const std::vector<Places::Text> texts{{"places.txt", std::string(Places::BuiltInText())}, {"test", line}};
    const auto places = Places::Parse(texts);
    REQUIRE(places.has_value());
    for (int j = 0; j < 20; ++j) {
      std::string path;
      for (std::size_t n = random() % 6 + 1; n > 0; --n) path += random() % 2 == 0 ? "/a" : "/b";
      CAPTURE(path);
      const std::vector<PathStep> steps = StepsOf(path);
      const bool stands = Stands(pattern, steps);
      standing += stands ? 1 : 0;
      CHECK((places->UsualSize(steps) == 1e9) == stands);
    }
  }
  CHECK(standing > 500);
}

TEST_CASE("two globs meet exactly where some short name matches both") {
  std::mt19937 random(7);
  const std::string letters = "ab*?";
  const auto make = [&] {
    std::string glob;
    for (std::size_t n = random() % 5; n > 0; --n) glob += letters[random() % letters.size()];
    return glob;
  };
  std::vector<std::string> names{""};
  for (std::size_t i = 0; names[i].size() < 6; ++i) {
    names.push_back(names[i] + "a");
    names.push_back(names[i] + "b");
  }
  for (int i = 0; i < 500; ++i) {
    const std::string a = make();
    const std::string b = make();
    CAPTURE(a);
    CAPTURE(b);
    const bool shared = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return GlobMatches(a, name) && GlobMatches(b, name);
    });
    CHECK(GlobsMeet(a, b) == shared);
  }
}

TEST_CASE("the most specific place decides, and secrets are asked about") {
  CHECK(Path("/usr/lib/libz.dylib", Reach::kRead).treatment.width == Width::kTree);
  CHECK(Path("/Users/me/.ssh/id_ed25519", Reach::kRead).reason == "secret ~/.ssh/**");
  CHECK(Path("/Users/ME/.SSH/id_ed25519", Reach::kRead).treatment.width == Width::kAsk);
  CHECK(Path("/Users/me/.config/gh/hosts.yml", Reach::kStat).treatment.width == Width::kAsk);
  CHECK(Path("/Users/me/.config/tool/state", Reach::kRead).treatment.width == Width::kExact);
  CHECK(Path("/Users/me/Documents/tax.pdf", Reach::kRead).reason == "document ~/**");
  CHECK(Path("/Users/me/notes.txt", Reach::kRead).reason == "item ~/*");
  CHECK(Path("/Users/me", Reach::kStat).treatment.width == Width::kExact);
  CHECK(Path("/Users/me/.ssh", Reach::kStat).treatment.width == Width::kShape);
  CHECK(Path("/Users/me/.zshrc", Reach::kWrite).treatment.width == Width::kNever);
  CHECK(Path("/private/tmp/job/.git/hooks/pre-push", Reach::kWrite).treatment.width == Width::kNever);
  CHECK(Path("/private/tmp/job/.git/modules/a/b/hooks/pre-push", Reach::kWrite).treatment.width ==
        Width::kNever);
  CHECK(Path("/private/tmp/job/.git/hooks/pre-push.sample", Reach::kWrite).treatment.width == Width::kShape);
  CHECK(Path("/private/tmp/job/.git/hooks", Reach::kWrite).treatment.width == Width::kShape);
}

TEST_CASE("a tree may be allowed only where nothing in it forbids that") {
  CHECK(Tree("/usr/share/zoneinfo", Reach::kRead).width == Width::kTree);
  CHECK(Tree("/usr", Reach::kRead).width == Width::kExact);
  CHECK(Tree("/", Reach::kStat).width <= Width::kExact);
  CHECK(Tree("/Users/me", Reach::kRead).width <= Width::kAsk);
  CHECK(Tree("/private/etc/ssl", Reach::kRead).width == Width::kAsk);
  CHECK(Tree("/private/etc/ssl/certs", Reach::kRead).width == Width::kTree);
  CHECK(Tree("/Users/me/.pyenv/versions", Reach::kRead).width == Width::kTree);
  CHECK(Tree("/Users/me/.cargo", Reach::kRead).width <= Width::kAsk);  // credentials lie in it
  CHECK(Tree("/private/tmp/job", Reach::kWrite, Places::Owner::kProgram).width == Width::kTree);
  CHECK(Tree("/Users/me/work", Reach::kWrite, Places::Owner::kProgram).width == Width::kTree);
  CHECK(Tree("/Users/me", Reach::kWrite, Places::Owner::kProgram).width == Width::kNever);
  CHECK(Tree("/private/tmp", Reach::kWrite, Places::Owner::kProgram).width <= Width::kExact);
}

TEST_CASE("widening a pattern never lowers the risk nor raises the width") {
  const std::vector<std::string> paths = {"/Users/me/.ssh/id_rsa",
                                          "/Users/me/Library/LaunchAgents/a.plist",
                                          "/usr/lib/a/b.dylib",
                                          "/private/tmp/x1/y/z",
                                          "/Users/me/.pyenv/versions/3.11/lib/python3.11/os.py",
                                          "/private/etc/ssh/ssh_host_rsa_key",
                                          "/Users/me/.zshrc",
                                          "/Library/Keychains/System.keychain",
                                          "/private/var/folders/ab/cdef/T/x/y",
                                          "/Applications/A.app/Contents/x",
                                          "/Users/me/Documents/a/b",
                                          "/opt/homebrew/Cellar/git/2.4/bin/git",
                                          "/dev/ttys001",
                                          "/w/.git/hooks/pre-push"};
  std::mt19937 random(11);
  for (int round = 0; round < 4000; ++round) {
    std::vector<PathStep> steps = StepsOf(paths[random() % paths.size()]);
    const auto reach = static_cast<Reach>(random() % kReaches);
    const auto owner = random() % 2 == 0 ? Places::Owner::kAnybody : Places::Owner::kProgram;
    auto extent = Places::Extent::kNodes;
    Treatment before = Places::BuiltIn().Ask(steps, extent, reach, owner).treatment;
    while (true) {
      if (random() % 3 == 0 && extent == Places::Extent::kTree && !steps.empty()) {
        steps.pop_back();
      } else if (random() % 3 == 0 && !steps.empty()) {
        PathStep& step = steps[random() % steps.size()];
        const std::size_t keep =
            step.glob ? std::min<std::size_t>(step.text.find('*'), 1) : step.text.size() / 2;
        step = {step.text.substr(0, keep) + "*", true};
      } else if (extent == Places::Extent::kNodes) {
        // From one path to the tree at it: floats inside a tree are carved out of the rule, not counted here.
        before = Places::BuiltIn().Ask(steps, extent, reach, owner).treatment;
        const bool floating =
            std::any_of(Places::BuiltIn().Floats().begin(), Places::BuiltIn().Floats().end(),
                        [&](const Places::Float& one) { return Places::BuiltIn().Matches(one, steps); });
        extent = Places::Extent::kTree;
        if (floating) break;
      } else if (steps.empty()) {
        break;
      }
      const Treatment after = Places::BuiltIn().Ask(steps, extent, reach, owner).treatment;
      CAPTURE(steps.size());
      CHECK(after.risk >= before.risk);
      CHECK(after.width <= before.width);
      CHECK(after.weight >= before.weight);
      before = after;
    }
  }
}

TEST_CASE("floats give the pattern that a rule leaves out") {
  std::vector<std::string> shown;
  for (const Places::Float& floating : Places::BuiltIn().Floats()) {
    if (floating.place_class->name == "hook") shown.push_back(floating.regex + " " + floating.except_regex);
  }
  CHECK(shown ==
        std::vector<std::string>{R"(/[^/]*\.git/(.+/)?hooks/ \.sample$)", R"(/\.husky/ )", R"(/\.envrc$ )"});
}

TEST_CASE("own places: folders that a program creates, and parameters") {
  CHECK(Places::BuiltIn().IsOwnerFolder("/private/tmp/tool-12"));
  CHECK(Places::BuiltIn().IsOwnerFolder("/Users/me/Library/Application Support/Tool"));
  CHECK_FALSE(Places::BuiltIn().IsOwnerFolder("/Users/me/Documents"));
  CHECK_FALSE(Places::BuiltIn().IsOwnerFolder("/private/tmp"));
  CHECK(Places::BuiltIn().IsOwnParameter("CWD"));
  CHECK_FALSE(Places::BuiltIn().IsOwnParameter("HOME"));
}

TEST_CASE("operations without a path have a risk of their own") {
  CHECK(Places::BuiltIn().OperationRisk("sysctl-read") == Risk::kNone);
  CHECK(Places::BuiltIn().OperationRisk("mach-lookup") == Risk::kLow);
  CHECK(Places::BuiltIn().OperationRisk("system-privilege") == Risk::kHigh);
  CHECK(Places::BuiltIn().OperationRisk("something-new") == Risk::kMedium);
}

TEST_CASE("a wrong line is named with its place") {
  const auto error = [](std::string text) {
    const Places::Text one{"mine.txt",
                           "class own stat=tree/1/none read=tree/1/none write=tree/1/low run=tree/1/low\n" +
                               std::string("place own /**\n") + std::move(text)};
    const auto parsed = Places::Parse({&one, 1});
    return parsed ? std::string() : parsed.error().message;
  };
  CHECK(error("") == "");
  CHECK(error("place nothing /a") == "mine.txt:3: there is no class 'nothing' above this line");
  CHECK(error("place own a") == "mine.txt:3: a place begins with / or ~");
  CHECK(error("place own /a/**/b") ==
        "mine.txt:3: '**' may only stand at the end, as /**; use a float for names that turn up anywhere");
  CHECK(error("class x stat=tree/1/none") == "mine.txt:3: a class needs stat=, read=, write= and run=");
  CHECK(error("class x stat=wide/1/none") == "mine.txt:3: 'stat=wide/1/none' is not WAY=WIDTH/WEIGHT/RISK");
  CHECK(error("float own x") == "mine.txt:3: a float is: float CLASS **/NAME [unless GLOB]");
  CHECK(error("nonsense") ==
        "mine.txt:3: a line is one of: class, place, float, operation, size, owner PATTERN, parameter NAME");
}

TEST_CASE("lines of the user are added, and cannot lift a hard place") {
  const Places::Text texts[] = {
      {"places.txt", std::string(Places::BuiltInText())},
      {"mine.txt", "place tool ~/tools/**\nplace tool ~/.ssh/**\nplace secret /opt/vault/**\n"}};
  const Places places = *Places::Parse(texts);
  CHECK(places.AskPath("/Users/me/tools/x/y", Reach::kRead, Places::Owner::kAnybody).treatment.width ==
        Width::kTree);
  CHECK(places.AskPath("/Users/me/.ssh/config", Reach::kRead, Places::Owner::kAnybody).treatment.width ==
        Width::kAsk);
  CHECK(places.AskPath("/opt/vault/x", Reach::kRead, Places::Owner::kAnybody).treatment.width == Width::kAsk);
}
