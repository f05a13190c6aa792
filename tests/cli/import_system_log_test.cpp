// sbtune import --last, --start, --archive: the whole program against the stand-in for macOS's log.
#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/clock.h"
#include "tests/cli/store_commands.h"
#include "tests/support/standin.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

// A log of so many records that ended just now.
class Place {
 public:
  explicit Place(int seconds, const std::string& more = "") {
    log_.RecordDistinct(seconds);
    begin_ns_ = base::SystemClock().WallNs() - seconds * base::kSecondNs;
    log_.PlayFrom(begin_ns_, fmt::format("play {} 1\n{}", seconds, more));
    test::WriteFile(place_ / "config.toml", fmt::format("source.tool = \"{}\"\n", log_.tool()));
  }
  test::CommandResult Import(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"import", "--db", "a.db", "--config", "config.toml"});
    return place_.Run(arguments);
  }
  std::size_t Denials() const {
    const Json shown = Json::parse(place_.Run({"denials", "--db", "a.db", "--json"}).out);
    return shown.at("groups").size();
  }
  test::StandinLog& log() { return log_; }
  const test::StorePlace& place() const { return place_; }
  std::int64_t begin_s() const { return begin_ns_ / base::kSecondNs; }

 private:
  test::StandinLog log_;
  test::StorePlace place_;
  std::int64_t begin_ns_ = 0;
};

}  // namespace

TEST_CASE("the last minutes of the system's log are imported, and once only") {
  Place place(600);
  const auto first = place.Import({"--last", "5m", "--json"});
  CAPTURE(first.err);
  CHECK(first.exit_code == 0);
  CHECK(first.err == "");
  const Json summary = Json::parse(first.out);
  const int records = summary["total"]["records"].get<int>();
  CHECK(records >= 300);
  CHECK(records <= 303);
  CHECK(summary["files"][0]["file"].get<std::string>().starts_with("log show --start 2"));
  CHECK(summary["files"][0]["run"].get<std::string>().starts_with("log-2"));
  const auto all = place.Import({"--last", "1h", "--run", "all", "--json"});
  CHECK(Json::parse(all.out)["total"]["records"] == 600);
  CHECK(Json::parse(all.out)["total"]["already_known"].get<int>() >= 300);
  CHECK(place.Denials() == 600);
}

TEST_CASE("a stretch between two times is imported") {
  Place place(600);
  const auto done = place.Import({"--start", fmt::format("@{}", place.begin_s() + 100), "--end",
                                  fmt::format("@{}", place.begin_s() + 200), "--json"});
  CHECK(done.exit_code == 0);
  const int records = Json::parse(done.out)["total"]["records"].get<int>();
  CHECK(records >= 99);
  CHECK(records <= 102);
}

TEST_CASE("an archive is imported under its own name") {
  Place place(50);
  std::filesystem::create_directory(place.place() / "old.logarchive");
  const auto done = place.Import({"--archive", "old.logarchive/", "--json"});
  CAPTURE(done.err);
  CHECK(done.exit_code == 0);
  CHECK(Json::parse(done.out)["total"]["records"] == 50);
  CHECK(Json::parse(done.out)["files"][0]["run"] == "old.logarchive");
}

TEST_CASE("why the system's log cannot be read is one sentence with the next step") {
  Place place(10);
  struct Row {
    std::string directive;
    std::vector<std::string> arguments;
    int exit_code;
    std::string said;
  };
  for (const Row& row : {
           Row{"exit 77 Must be admin to run 'show' command", {"--last", "5m"}, 1,
               "sbtune: reading the log needs an administrator account; sign in as an administrator, or ask one to run sbtuned\n"},
           Row{"exit 64 Cannot run while sandboxed", {"--last", "5m"}, 1,
               "sbtune: the log cannot be read from inside a sandbox; start sbtune and sbtuned outside of it\n"},
           Row{"exit 64 Bad predicate (x)", {"--last", "5m"}, 1,
               "sbtune: this version of macOS refuses our predicate (log: Bad predicate (x)); please report it\n"},
           Row{"", {"--archive", "none.logarchive"}, 1,
               "sbtune: there is no none.logarchive; name the folder that `log collect` made\n"},
           Row{"", {"--end", "5m"}, 2, "sbtune: --end needs --start, or everything this Mac still has would be read\n"},
           Row{"", {"--start", "5m", "--end", "10m"}, 2,
               "sbtune: --end is not after --start; give them the other way round\n"},
           Row{"", {"--last", "5m", "d.log"}, 2,
               "sbtune: give FILEs, or --last, --start, --end, --archive, not both\n"},
           Row{"", {}, 2, "sbtune: import needs a FILE, - for standard input, or --last 5m for this Mac's own log\n"},
       }) {
    CAPTURE(row.directive);
    place.log().Play(row.directive + "\n");
    const auto done = place.Import(row.arguments);
    CHECK(done.exit_code == row.exit_code);
    CHECK(done.err.substr(0, done.err.find('\n') + 1) == row.said);
    CHECK(done.out == "");
    CHECK_FALSE(std::filesystem::exists(place.place() / "a.db-journal"));
  }
  test::WriteFile(place.place() / "config.toml", "source.tool = \"/nonexistent/log\"\n");
  CHECK(place.Import({"--last", "5m"}).err ==
        "sbtune: /nonexistent/log is not there: --last, --start, --end and --archive need macOS; elsewhere, import what "
        "`log show --style ndjson` printed on a Mac\n");
}

TEST_CASE("a log that breaks off is stored up to there, told, and completed by the next import") {
  Place place(40, "show-cut 25\n");
  const auto broken = place.Import({"--last", "5m"});
  CHECK(broken.exit_code == 1);
  CHECK(broken.err == "sbtune: the log tool ended (exit 1): log: The log archive is corrupt; what it said before is "
                      "stored, run the same command again to complete it\n");
  CHECK(place.Denials() == 25);
  place.log().PlayFrom(place.begin_s() * base::kSecondNs, "play 40 1\n");
  CHECK(place.Import({"--last", "5m"}).exit_code == 0);
}
