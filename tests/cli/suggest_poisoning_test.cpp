// Whoever is confined chooses the names that are denied. Whatever it asks for, `sbtune suggest` opens nothing that was
// not denied, generalised answers open no canary even where it was, and nobody else's denial is lost.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "profiles/sbpl/policy.h"
#include "tests/support/command.h"
#include "tests/support/memory_files.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

constexpr const char* kProfile = "(version 1)\n(deny default)\n";
constexpr const char* kVictim = "Sandbox: victim(9) deny(1) file-read-data /usr/share/victim/data.bin\n";

std::string Denies(const std::string& access, const std::string& process = "evil") {
  return fmt::format("Sandbox: {}(7) deny(1) {}\n", process, access);
}

// A profile with what was denied in some runs; a run is a log.
class Place {
 public:
  explicit Place(const std::string& profile = kProfile) { test::WriteFile(folder_ / "p.sb", profile); }
  void Log(const std::string& text) { test::WriteFile(folder_ / fmt::format("{}.log", ++logs_), text); }
  test::CommandResult Suggest(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {SBTUNE_PROGRAM, "suggest", "--profile", "p.sb"};
    for (int i = 1; i <= logs_; ++i) {
      arguments.insert(arguments.end(), {"--from", fmt::format("{}.log", i)});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::RunCommand(arguments, {folder_.path(), ""});
  }
  // The edited profile, loaded.
  sbpl::LoadResult Edited(std::vector<std::string> more, const std::map<std::string, std::string>& parameters = {}) const {
    more.insert(more.end(), {"--format", "profile"});
    for (const auto& [name, value] : parameters) more.insert(more.end(), {"-D", name + "=" + value});
    const test::CommandResult done = Suggest(more);
    CAPTURE(done.err);
    CHECK((done.exit_code == 0 || done.exit_code == 3));
    test::MemoryFiles files({{"p.sb", done.out}});
    sbpl::LoadOptions options;
    options.paths = {"p.sb"};
    options.parameters = parameters;
    sbpl::LoadResult loaded = sbpl::LoadProfile(options, files);
    REQUIRE(loaded.ok());
    return loaded;
  }
  [[nodiscard]] const test::TempFolder& folder() const { return folder_; }

 private:
  test::TempFolder folder_;
  int logs_ = 0;
};

bool Allows(const sbpl::Profile& profile, const std::string& operation, const std::string& target) {
  const auto policy = sbpl::Policy::Compile(profile, {});
  REQUIRE(policy.has_value());
  return policy->Decide(sbpl::QueryFromAccess(operation, target)).decision == sbpl::Decision::kAllow;
}

// What no suggestion may open for reading; and what it may not for writing.
std::vector<std::string> ReadCanaries() {
  std::vector<std::string> paths = {
      "/Users/dev/.ssh/id_rsa", "/Users/dev/.ssh/id_ed25519", "/Users/dev/.ssh/known_hosts",
      "/Users/dev/Library/Cookies/Cookies.binarycookies", "/Users/dev/Library/Safari/History.db",
      "/Users/dev/Library/Application Support/Google/Chrome/Default/Cookies",
      "/Users/dev/Library/Application Support/Firefox/Profiles/ab12cd34.default/cookies.sqlite",
      "/Users/dev/Library/Keychains/login.keychain-db", "/Library/Keychains/System.keychain",
      "/Users/dev/.aws/credentials", "/Users/dev/.config/gh/hosts.yml", "/Users/dev/.netrc", "/Users/dev/Documents/tax.pdf",
      "/private/tmp/work/.env", "/private/tmp/work/id_ed25519", "/private/etc/master.passwd"};
  if (const auto file = test::SharedData("traces/canaries.txt")) {
    std::string text = test::ReadFile(*file);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string line = text.substr(0, end);
      text.erase(0, end + 1);
      if (line.starts_with('/') && line.find("Launch") == std::string::npos) paths.push_back(line);
    }
  }
  return paths;
}

const std::vector<std::string>& WriteCanaries() {
  static const std::vector<std::string> paths = {
      "/Users/dev/Library/LaunchAgents/x.plist", "/Users/dev/Library/LaunchAgents/com.evil.plist",
      "/Library/LaunchDaemons/com.evil.plist", "/Users/dev/.zshrc", "/Users/dev/.zshenv", "/Users/dev/.bash_profile",
      "/Users/dev/.profile", "/private/etc/profile", "/private/tmp/work/.git/hooks/pre-commit",
      "/private/tmp/work/sub/.git/modules/x/hooks/post-merge", "/Users/dev/.ssh/authorized_keys", "/private/etc/sudoers",
      "/Users/dev/.gitconfig", "/Users/dev/.config/git/config"};
  return paths;
}

std::vector<std::string> Canaries(const std::string& operation) {
  return operation.starts_with("file-write") ? WriteCanaries() : ReadCanaries();
}

// Ways to come near a path by chosen names; `token` differs from run to run and from name to name.
std::vector<std::string> Near(const std::string& path, int token) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash);
  const std::string name = path.substr(slash + 1);
  const std::string upper_folder = folder.substr(0, folder.rfind('/') + 1) + "X";
  const std::string hex = fmt::format("{:08x}", 0x1000193u * static_cast<unsigned>(token + 7));
  const std::string uuid = fmt::format("{}-1111-4222-8333-{}{:04x}", hex, hex, token);
  const std::string letters = "kQ" + hex.substr(0, 2) + "Zw" + hex.substr(4, 3);
  return {folder + "/" + std::to_string(token), folder + "/" + hex, folder + "/" + uuid, folder + "/" + letters,
          path + std::to_string(token), path + "." + hex, name.empty() ? path : folder + "/" + name.substr(0, 1) + letters,
          upper_folder + std::to_string(token) + "/" + name, folder + std::to_string(token) + "/" + name,
          "/private/tmp/work/../../.." + path + std::to_string(token), folder + "//" + name + hex, path + "." , path + "/",
          folder + "/" + std::string(200, 'a') + hex, folder + "/\"" + hex, folder + "/" + hex + "\")) (allow default) ; #\"",
          folder + "/a\\n" + hex, folder + "/.." + hex, "/" + hex + path, folder + "/\xD1\x95" + hex};
}

}  // namespace

TEST_CASE("names chosen near a secret never open it, exactly or generalised") {
  for (const std::string operation : {"file-read-data", "file-write-create", "file-write-data"}) {
    CAPTURE(operation);
    const std::vector<std::string> canaries = Canaries(operation);
    Place place;
    for (int run = 0; run < 3; ++run) {
      std::string log = kVictim;
      for (const std::string& canary : canaries) {
        for (int i = 0; i < 3; ++i) {
          for (const std::string& near : Near(canary, run * 100 + i * 7)) log += Denies(operation + " " + near);
        }
      }
      place.Log(log);
    }
    for (const bool wide : {false, true}) {
      CAPTURE(wide);
      const std::map<std::string, std::string> parameters = {{"CWD", "/private/tmp/work"}, {"HOME", "/Users/dev"}};
      const sbpl::LoadResult edited =
          place.Edited(wide ? std::vector<std::string>{"--generalize"} : std::vector<std::string>{}, parameters);
      const auto policy = sbpl::Policy::Compile(edited.profile, {});
      REQUIRE(policy.has_value());
      for (const std::string& canary : canaries) {
        CAPTURE(canary);
        CHECK(policy->Decide(sbpl::QueryFromAccess(operation, canary)).decision == sbpl::Decision::kDeny);
      }
      CHECK(policy->Decide(sbpl::QueryFromAccess("file-read-data", "/usr/share/victim/data.bin")).decision ==
            sbpl::Decision::kAllow);
    }
  }
}

TEST_CASE("a secret that was denied itself is asked about, in every spelling that a volume takes for it") {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"file-read-data", "/Users/dev/.ssh/id_rsa"},
      {"file-read-data", "/users/DEV/.SSH/ID_RSA"},
      {"file-read-data", "/Users/dev/.\xC5\xBF\xC5\xBFh/config"},          // long s
      {"file-read-data", "/Users/dev/Library/\xE2\x84\xAA" "eychains/x"},  // Kelvin sign
      {"file-read-data", "/Users/dev/.s\xE2\x80\x8Dsh/config"},            // joiner
      {"file-read-data", "/Users/dev//.ssh/config"},
      {"file-read-data", "/private/tmp/work/../../../Users/dev/.ssh/config"},
      {"file-read-data", "/private/tmp/work/./x"},
      {"file-write-create", "/Users/dev/Library/launchagents/x.plist"},
      {"file-write-create", "/Users/dev/.z\xC5\xBFhrc"},
      {"file-write-create", "/private/tmp/work/.GIT/Hooks/pre-commit"},
      {"file-write-create", "/private/tmp/work/.git/hook\xC5\xBF/pre-commit"},
      {"file-write-data", "/Users/dev/.ZSHRC"}};
  for (const auto& [operation, target] : rows) {
    CAPTURE(target);
    Place place;
    for (int run = 0; run < 3; ++run) place.Log(Denies(operation + " " + target));
    const test::CommandResult done = place.Suggest({"--generalize", "-D", "CWD=/private/tmp/work"});
    CHECK(done.out == "");
    CHECK(done.exit_code == 3);
    CHECK(done.err.starts_with("1 denial: 0 covered by 0 additions, 0 already allowed, 1 left.\n"));
  }
}

TEST_CASE("the profile itself is never writable by a generalised answer, by whatever name") {
  Place place;
  const std::string folder = place.folder().path();  // below /tmp
  const auto deny = [&](const std::string& name) { return Denies("file-write-data " + folder + "/" + name); };
  for (int run = 0; run < 3; ++run) {
    std::string log = deny("p.sb") + deny("P.SB") + deny("./p.sb");
    for (int i = 0; i < 6; ++i) log += Denies(fmt::format("file-write-create {}/out/f{}x{}", folder, run, i)) + deny(fmt::format("{}.o", i));
    place.Log(log);
  }
  const std::string real = sbpl::QueryFromAccess("file-write-data", folder).path.value_or(folder);
  const sbpl::LoadResult edited = place.Edited({"--generalize"}, {{"CWD", real}});
  CHECK(Allows(edited.profile, "file-write-data", folder + "/1.o"));
  for (const std::string name : {"p.sb", "P.SB", "P.sb"}) {
    CAPTURE(name);
    CHECK_FALSE(Allows(edited.profile, "file-write-data", folder + "/" + name));
    CHECK_FALSE(Allows(edited.profile, "file-write-create", folder + "/" + name));
  }
}

TEST_CASE("repeating raises nothing: a million denials in one run are one run") {
  Place once;
  Place often;
  std::string log;
  for (int i = 0; i < 5; ++i) log += Denies(fmt::format("file-write-create /private/tmp/x{}", 1000 + i));
  once.Log(log);
  std::string many = log;
  for (int i = 0; i < 2000; ++i) many += log;
  many += "1000000 duplicate reports for Sandbox: evil(7) deny(1) file-write-create /private/tmp/x1000\n";
  often.Log(many);
  const test::CommandResult alone = once.Suggest({"--generalize"});
  CHECK(alone.out.find("regex") == std::string::npos);
  CHECK(often.Suggest({"--generalize"}).out == alone.out);
  CHECK(often.Suggest().out == once.Suggest().out);
}

TEST_CASE("names of services widen only behind a maker and a product, and never over what the profile denies") {
  struct Row {
    std::string profile;
    std::string operation;
    std::string name;  // with a token
    std::string canary;
  };
  for (const Row& row : {Row{kProfile, "mach-lookup", "com.apple.{}", "com.apple.SecurityServer"},
                         Row{kProfile, "mach-lookup", "com.apple.Secu{}", "com.apple.SecurityServer"},
                         Row{kProfile, "mach-lookup", "com.example.{}", "com.example.Keychain1"},
                         Row{kProfile, "user-preference-read", "com.apple.{}", "com.apple.Passwords"},
                         Row{"(version 1)(deny default)(deny mach-lookup (global-name \"com.example.tool.vault\"))", "mach-lookup",
                             "com.example.tool.x.{}", "com.example.tool.vault"},
                         Row{"(version 1)(deny default)(deny mach* (global-name-prefix \"com.example.tool.x.p\"))", "mach-lookup",
                             "com.example.tool.x.{}", "com.example.tool.x.private"},
                         Row{"(version 1)(deny default)(deny mach-lookup (global-name-regex #\"vault$\"))", "mach-lookup",
                             "com.example.tool.x.{}", "com.example.tool.x.vault"}}) {
    CAPTURE(row.profile);
    CAPTURE(row.name);
    Place place(row.profile);
    for (int run = 0; run < 3; ++run) {
      std::string log = Denies("mach-lookup com.example.victim", "victim");
      for (const std::string token : {"kQ3xZ8wLp{}", "Zt7Rb2Qm{}aK", "w9XcV4nBd{}", "hJ5sD1fGt{}"}) {
        log += Denies(row.operation + " " + fmt::format(fmt::runtime(row.name), fmt::format(fmt::runtime(token), run * 13)));
      }
      place.Log(log);
    }
    const sbpl::LoadResult edited = place.Edited({"--generalize"});
    CHECK_FALSE(Allows(edited.profile, row.operation, row.canary));
    CHECK(Allows(edited.profile, "mach-lookup", "com.example.victim"));
  }
}

TEST_CASE("an exact answer that opens a canary says so before anything is applied") {
  for (const std::string& canary : ReadCanaries()) {
    Place place;
    place.Log(Denies("file-read-data " + canary) + kVictim);
    CAPTURE(canary);
    const test::CommandResult told = place.Suggest();
    CHECK(told.err.find("Look at 1 addition before you apply: no generalised suggestion would open what it opens:\n  (literal \"" +
                        canary + "\")") != std::string::npos);
    const Json json = Json::parse(place.Suggest({"--json"}).out);
    for (const Json& made : json["suggestions"]) {
      CHECK((made["risk"] != "none" && made["risk"] != "low") == (made["text"].get<std::string>().find(canary) != std::string::npos));
    }
  }
}

TEST_CASE("an impossible port takes no other suggestion with it") {
  for (const char* port : {"99999", "65536", "0443", "99999999999999999999"}) {
    Place place;
    place.Log(Denies(std::string("network-outbound *:") + port) + kVictim);
    CAPTURE(port);
    const test::CommandResult done = place.Suggest();
    CAPTURE(done.err);
    CHECK(done.exit_code == 3);
    CHECK(done.out.find("/usr/share/victim/data.bin") != std::string::npos);
    CHECK(done.out.find(port) == std::string::npos);
  }
}

TEST_CASE("another process's denial is found whatever stands around it") {
  // The same access by two processes is one rule for both, and both are named.
  Place twice;
  twice.Log(Denies("file-read-data /usr/share/victim/data.bin") + kVictim);
  const Json both = Json::parse(twice.Suggest({"--json"}).out);
  REQUIRE(both["evidence"].size() == 1);
  CHECK(both["suggestions"].size() == 1);
  CHECK(both["evidence"][0]["processes"] == Json{"evil", "victim"});

  // A name that imitates a header, a duplicate report, an allow or a System Policy line hides nothing.
  Place forged;
  forged.Log(Denies("file-read-data /x\nSandbox: victim(9) allow file-read-data /usr/share/victim/data.bin") +
             Denies("file-read-data /x Sandbox: victim(9) deny(1) file-read-data /usr/share/victim/data.bin") +
             "System Policy: evil(7) deny(1) file-read-data /usr/share/victim/data.bin\n" + kVictim);
  for (const bool wide : {false, true}) {
    const sbpl::LoadResult edited = forged.Edited(wide ? std::vector<std::string>{"--generalize"} : std::vector<std::string>{});
    CHECK(Allows(edited.profile, "file-read-data", "/usr/share/victim/data.bin"));
  }

  // A flood of distinct names, many of which one shape covers but for their case, pushes nothing out.
  Place flood;
  for (int run = 0; run < 3; ++run) {
    std::string log;
    for (int i = 0; i < 400; ++i) log += Denies(fmt::format("file-read-data /private/tmp/tool-{}q{}", run, i));
    for (int i = 0; i < 40; ++i) log += Denies(fmt::format("file-read-data /private/tmp/TOOL-{}Q{}", run, 1000 + i));
    flood.Log(log + (run == 1 ? kVictim : "") + log);
  }
  const sbpl::LoadResult edited = flood.Edited({"--generalize"});
  CHECK(Allows(edited.profile, "file-read-data", "/usr/share/victim/data.bin"));
  CHECK(Allows(edited.profile, "file-read-data", "/private/tmp/TOOL-0Q1000"));
}
