// Every command that filters: the same options with the same meaning, each of them negated too.
#include <doctest/doctest.h>

#include <set>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

constexpr const char* kLog =
    "Sandbox: imagent(11) deny(1) file-read-data /opt/a,b\n"
    "Sandbox: bluetoothd(12) deny(1) mach-lookup com.example.radio\n"
    "Sandbox: tool(13) deny(1) file-write-create /opt/out\n"
    "Sandbox: tool(13) deny(1) file-read-data /opt/a,b\n"
    "Sandbox: tool(13) deny(1) process-fork\n";

class Place {
 public:
  Place() {
    test::WriteFile(folder_ / "d.log", kLog);
    test::WriteFile(folder_ / "one.log", "Sandbox: early(1) deny(1) file-read-data /opt/early\n");
    test::WriteFile(folder_ / "p.sb", "(version 1)\n(deny default)\n");
    CHECK(Run({"import", "--db", "s.db", "--run", "two", "d.log"}).exit_code == 0);
    CHECK(Run({"import", "--db", "s.db", "--run", "one", "one.log"}).exit_code == 0);
  }
  test::CommandResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), SBTUNE_PROGRAM);
    return test::RunCommand(arguments, {.folder = folder_.path(), .input = ""});
  }

  // "PROCESS OPERATION TARGET" of what a command chose.
  using Chosen = std::multiset<std::string>;
  static std::string Text(const Json& record) {
    const Json& target = record.at("target");
    return record.at("process").get<std::string>() + " " + record.at("operation").get<std::string>() + " " +
           (target.is_null() ? "-" : target.get<std::string>());
  }
  Chosen Denials(const std::vector<std::string>& filters) const {
    Chosen chosen;
    const Json shown = Json::parse(Run(With({"denials", "--db", "s.db", "--json"}, filters)).out);
    for (const Json& group : shown.at("groups")) chosen.insert(Text(group));
    return chosen;
  }
  Chosen Watch(const std::vector<std::string>& filters) const {
    Chosen chosen;
    const std::string out = Run(With({"watch", "--from", "d.log", "--json"}, filters)).out;
    for (std::size_t at = 0; at < out.size(); at = out.find('\n', at) + 1) {
      chosen.insert(Text(Json::parse(out.substr(at, out.find('\n', at) - at))));
    }
    return chosen;
  }
  std::size_t CountOf(std::vector<std::string> command, const std::vector<std::string>& filters) const {
    const Json object = Json::parse(Run(With(std::move(command), filters)).out);
    if (object.contains("results")) return object.at("results").size();
    std::size_t count = 0;
    for (const Json& row : object.at("rows")) count += row.at("count").get<std::size_t>();
    return count;
  }

 private:
  static std::vector<std::string> With(std::vector<std::string> command, const std::vector<std::string>& filters) {
    command.insert(command.end(), filters.begin(), filters.end());
    return command;
  }
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("a filter and its negation divide what a command shows without it, alike in every command") {
  const Place place;
  struct Row {
    std::string name, globs;
    std::size_t fitting;  // of the five records, without the one that has no target where targets are asked for
  };
  for (const Row& row : {Row{"process", "imagent,bluetoothd", 2}, Row{"process", "*", 5}, Row{"process", "nobody", 0},
                         Row{"operation", "file-*", 3}, Row{"operation", "mach-lookup,process-fork", 2},
                         Row{"target", "/opt/*", 3}, Row{"path", "/opt/a\\,b", 2}, Row{"target", "/opt/a,b", 0}}) {
    CAPTURE(row.name);
    CAPTURE(row.globs);
    const std::vector<std::string> only = {"--" + row.name, row.globs}, except = {"--exclude-" + row.name, row.globs};
    const auto with = [](std::vector<std::string> filters, const std::vector<std::string>& more) {
      filters.insert(filters.end(), more.begin(), more.end());
      return filters;
    };
    Place::Chosen parts = place.Denials(with(only, {"--run", "two"}));
    CHECK(parts.size() == row.fitting);
    CHECK(place.Watch(only) == parts);
    CHECK(place.CountOf({"stats", "--by", "operation", "--db", "s.db", "--run", "two", "--json"}, only) == row.fitting);
    const Place::Chosen rest = place.Denials(with(except, {"--run", "two"}));
    CHECK(rest.size() == 5 - row.fitting);
    CHECK(place.Watch(except) == rest);
    CHECK(place.CountOf({"stats", "--by", "operation", "--db", "s.db", "--run", "two", "--json"}, except) ==
          5 - row.fitting);
    parts.insert(rest.begin(), rest.end());
    CHECK(parts == place.Denials({"--run", "two"}));
    // Denials of suggest and check are distinct accesses, whoever made them.
    std::set<std::string> accesses;
    for (const std::string& text : rest) accesses.insert(text.substr(text.find(' ')));
    CHECK(place.CountOf({"check", "--profile", "p.sb", "--against", "d.log", "--json"}, except) == accesses.size());
    CHECK(place.CountOf({"check", "--profile", "p.sb", "--db", "s.db", "--run", "two", "--json"}, except) ==
          accesses.size());
  }
}

TEST_CASE("several filters must all hold, repeated ones are alternatives") {
  const Place place;
  CHECK(place.Denials({"--process", "tool", "--process", "imagent", "--exclude-operation", "process-fork",
                       "--exclude-path", "/opt/out", "--exclude-run", "one"}) ==
        Place::Chosen{"imagent file-read-data /opt/a,b", "tool file-read-data /opt/a,b"});
  CHECK(place.Denials({"--exclude-run", "two"}) == Place::Chosen{"early file-read-data /opt/early"});
  CHECK(place.Denials({"--exclude-run", "two", "--exclude-run", "one"}).empty());
}

TEST_CASE("a filter without a name, and a run that is not there, are told") {
  const Place place;
  const test::CommandResult empty = place.Run({"denials", "--db", "s.db", "--exclude-process", ","});
  CHECK(empty.exit_code == 2);
  CHECK(empty.err.find("--exclude-process: needs a name or a glob") != std::string::npos);
  const test::CommandResult unknown = place.Run({"denials", "--db", "s.db", "--exclude-run", "three"});
  CHECK(unknown.exit_code == 1);
  CHECK(unknown.err == "sbtune: s.db holds no run 'three'; it holds two, one\n");
}
