#include "daemon/config/config.h"

#include <doctest/doctest.h>

#include <fstream>

#include "daemon/config/keys.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using namespace sbtune::config;

namespace {

Config Usual() {
  return Defaults([](const std::string& name) {
           return name == "HOME" ? std::optional<std::string>("/home/dev") : std::nullopt;
         })
      .value();
}

std::string ErrorOf(std::string_view text) {
  const auto config = Parse(text, "sbtuned.toml", Usual());
  return config ? "" : config.error().message;
}

}  // namespace

TEST_CASE("no file means the defaults, below the home") {
  const Config config = Usual();
#ifdef __APPLE__
  CHECK(config.database == "/home/dev/Library/Application Support/sbtune/sbtune.db");
  CHECK(config.log_file == "/home/dev/Library/Logs/sbtune/sbtuned.log");
#else
  CHECK(config.database == "/home/dev/.local/state/sbtune/sbtune.db");
  CHECK(config.log_file == "/home/dev/.local/state/sbtune/sbtuned.log");
#endif
  CHECK(Load("/nonexistent/sbtuned.toml", config).value() == config);
  CHECK(Defaults([](const std::string&) { return std::nullopt; }).error().message ==
        "HOME is not set; set it to the home of your account");
}

TEST_CASE("keys are read over the defaults, and the rest stays") {
  Config expected = Usual();
  expected.keep_days = 30;
  expected.log_level = "debug";
  expected.database = "/data/d.db";
  CHECK(Parse("[store]\nkeep_days = 30\ndatabase = \"/data/d.db\"\n[log]\nlevel = \"debug\"\n", "f", Usual()).value() ==
        expected);
}

TEST_CASE("a wrong file is refused with its line and key") {
  struct Row {
    std::string_view text;
    std::string_view error;
  };
  for (const Row& row : {
           Row{"[store]\nkeep_days = 0\n", "sbtuned.toml:2: store.keep_days must be a whole number from 1 to 36500"},
           Row{"[store]\nkeep_days = \"9\"\n", "sbtuned.toml:2: store.keep_days must be a whole number from 1 to 36500"},
           Row{"[store]\nkeep_days = 1.5\n", "sbtuned.toml:2: store.keep_days must be a whole number from 1 to 36500"},
           Row{"\n[log]\nfile = 3\n", "sbtuned.toml:3: log.file must be a text in quotes"},
           Row{"[log]\nlevel = \"loud\"\n", "sbtuned.toml:2: log.level must be one of debug, info, warning, error"},
           Row{"[store]\nkeep_day = 3\n", "sbtuned.toml:2: there is no key store.keep_day; did you mean keep_days?"},
           Row{"[store]\nx = 3\n", "sbtuned.toml:2: there is no key store.x; `sbtuned --print-config` lists what there is"},
           Row{"[sorce]\n", "sbtuned.toml:1: there is no section [sorce]; did you mean source?"},
           Row{"store = 1\n", "sbtuned.toml:1: [store] is a section, not a key"},
           Row{"[[profile]]\nprocess = \"a\"\n", "sbtuned.toml:1: [[profile]] needs a path"},
           Row{"[[profile]]\npath = \"/a.sb\"\n",
               "sbtuned.toml:1: [[profile]] needs a process: whose denials are this profile's own"},
           Row{"[[profile]]\npath = \"a.sb\"\n", "sbtuned.toml:2: profile.path must begin with / or ~/, which \"a.sb\" does not"},
           Row{"[[profile]]\npath = 1\n", "sbtuned.toml:2: profile.path must be a text in quotes or a list of such texts"},
           Row{"[[profile]]\nprocess = [1]\n", "sbtuned.toml:2: profile.process must be a text in quotes or a list of such texts"},
           Row{"[[profile]]\nparams = \"A=1\"\n", "sbtuned.toml:2: profile.params must be a table: {NAME = \"value\"}"},
           Row{"[[profile]]\nparams = {A = 1}\n", "sbtuned.toml:2: profile.params must give A a text in quotes"},
           Row{"[[profile]]\nmacos = 14\n", "sbtuned.toml:2: profile.macos must be a text in quotes"},
           Row{"[[profile]]\nauto_apply = \"no\"\n", "sbtuned.toml:2: profile.auto_apply must be true or false"},
           Row{"[[profile]]\nproces = \"a\"\n", "sbtuned.toml:2: there is no key profile.proces; did you mean process?"},
           Row{"[profile]\npath = \"/a.sb\"\n", "sbtuned.toml:1: profiles are written as tables under [[profile]]"},
           Row{"profile = [1]\n", "sbtuned.toml:1: profiles are written as tables under [[profile]]"},
           Row{"[[profile]]\npath = \"/a.sb\"\nprocess = \"a\"\n[[profile]]\npath = \"/x/../a.sb\"\nprocess = \"b\"\n",
               "sbtuned.toml:4: /a.sb has a [[profile]] already"},
           Row{"[source]\nrestart_min_ms = 9000\nrestart_max_ms = 10\n",
               "sbtuned.toml:2: source.restart_min_ms must not be greater than source.restart_max_ms (9000 and 10)"},
           Row{"\n[source]\nrestart_max_ms = 10\n",
               "sbtuned.toml:3: source.restart_min_ms must not be greater than source.restart_max_ms (1000 and 10)"},
           Row{"[store]\ndatabase = \"\"\n", "sbtuned.toml:2: store.database must begin with / or ~/, which \"\" does not"},
           Row{"[store]\ndatabase = \"a.db\"\n", "sbtuned.toml:2: store.database must begin with / or ~/, which \"a.db\" does not"},
           Row{"[store]\ndatabase = \"~\"\n", "sbtuned.toml:2: store.database must begin with / or ~/, which \"~\" does not"},
           Row{"[log]\nfile = \"said.log\"\n", "sbtuned.toml:2: log.file must begin with / or ~/, which \"said.log\" does not"},
           Row{"[socket]\npath = \"\"\n", "sbtuned.toml:2: socket.path must begin with / or ~/, which \"\" does not"},
           Row{"[source]\ntool = \"log\"\n", "sbtuned.toml:2: source.tool must begin with / or ~/, which \"log\" does not"},
           Row{"[source]\nheartbeat_file = \"h\"\n",
               "sbtuned.toml:2: source.heartbeat_file must begin with / or ~/, which \"h\" does not"},
           Row{"[log]\nfile = \"/a\\u0000b\"\n", "sbtuned.toml:2: log.file must not hold a character NUL"},
       }) {
    CAPTURE(row.text);
    CHECK(ErrorOf(row.text) == row.error);
  }
  CHECK(ErrorOf("[store\n").starts_with("sbtuned.toml:1: "));
  CHECK(ErrorOf("[store]\nkeep_days = 1\nkeep_days = 2\n").starts_with("sbtuned.toml:3: "));
  CHECK(ErrorOf("[socket]\npath = \"/" + std::string(103, 's') + "\"\n") ==
        "sbtuned.toml:2: socket.path is 104 bytes long, a socket's path may have 103; choose a shorter one");
}

TEST_CASE("a file that cannot be read is an error, not the defaults") {
  const test::TempFolder folder;
  CHECK(Load(folder.path(), Usual()).error().message ==
        "the configuration: " + folder.path() + " is a folder; name a file in it");
}

TEST_CASE("the description holds every key and reads back as the same configuration") {
  Config config = Usual();
  config.tool = "/opt/\"odd\"\\log";
  const std::string text = Describe(config);
  for (const Key& key : Keys()) {
    CAPTURE(key.name);
    CHECK(text.find("\n" + std::string(key.name) + " = ") != std::string::npos);
    CHECK(key.meaning.ends_with("."));
  }
  CHECK(Parse(text, "f", Usual()).value() == config);
  for (const ProfileKey& key : ProfileKeys()) {
    CAPTURE(key.name);
    CHECK(text.find("\n# " + std::string(key.name) + " = ") != std::string::npos);
    CHECK(key.meaning.ends_with("."));
  }
  config.profiles = {{.path = {"/p/a.sb", "/p/\"b\".sb"},
                      .process = {"agent", "agent-*"},
                      .params = {{"HOME", "/Users/me"}, {"odd name", ""}},
                      .import_dirs = {"/p"},
                      .macos = "14.2",
                      .generalize = true,
                      .auto_apply = true},
                     {.path = {"/p/c.sb"}, .process = {"c"}}};
  CHECK(Parse(Describe(config), "f", Usual()).value() == config);
}

TEST_CASE("a profile has its files, its processes, and applies nothing by itself") {
  const Config config = Parse("[[profile]]\npath = \"/p/agent.sb\"\nprocess = \"agent\"\nparams = {HOME = \"/h\"}\n"
                              "[[profile]]\npath = [\"/p/b.sb\", \"/p/c.sb\"]\nprocess = [\"b\", \"c*\"]\ngeneralize = true\n",
                              "f", Usual())
                            .value();
  CHECK(config.profiles == std::vector<ProfileSettings>{
                               {.path = {"/p/agent.sb"}, .process = {"agent"}, .params = {{"HOME", "/h"}}},
                               {.path = {"/p/b.sb", "/p/c.sb"}, .process = {"b", "c*"}, .generalize = true}});
}
