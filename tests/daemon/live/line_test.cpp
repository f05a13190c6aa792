#include "daemon/live/line.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <random>
#include <vector>

using namespace sbtune::live;

namespace {

std::vector<std::string> Lines(LineBuffer& buffer, std::string_view bytes) {
  std::vector<std::string> lines;
  buffer.Append(bytes, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

}  // namespace

TEST_CASE("every kind of line of the log tool is told apart") {
  struct Row {
    std::string_view line;
    LineKind kind;
  };
  for (const Row& row : {
           Row{"", LineKind::kNoise},
           Row{"   \t\r", LineKind::kNoise},
           Row{"Filtering the log data using \"processID == 0\"", LineKind::kNoise},
           Row{"Timestamp               Ty Process[PID:TID]", LineKind::kNoise},
           Row{"=== Messages dropped during live streaming (use `log show` to see what they were)",
               LineKind::kDropMarker},
           Row{R"({"count":12,"finished":1})", LineKind::kFinished},
           Row{R"({"count": 0, "finished": 1})", LineKind::kFinished},
           Row{R"({"eventType":"lossEvent","count":3})", LineKind::kLossEvent},
           Row{R"({"eventType":"logEvent","eventMessage":"Sandbox: a(1) deny(1) file-read-data \/lossEvent"})",
               LineKind::kRecord},
           Row{R"({"eventMessage":"sbtuned heartbeat 7 ab 1","processID":7})", LineKind::kHeartbeat},
           Row{R"({"eventMessage" : "sbtuned heartbeat 7 ab 1"})", LineKind::kHeartbeat},
           Row{R"({"eventMessage":"Sandbox: a(1) deny(1) file-read-data \/sbtuned heartbeat 7"})", LineKind::kRecord},
           Row{R"({"eventMessage":"x \"eventMessage\":\"sbtuned heartbeat 7"})", LineKind::kRecord},
           Row{"2026-01-02 11:12:13.123456+0000 0x1 Error 0x0 0 0 kernel: (Sandbox) …", LineKind::kRecord},
       }) {
    CAPTURE(row.line);
    CHECK(static_cast<int>(Classify(row.line)) == static_cast<int>(row.kind));
  }
}

TEST_CASE("a mark and a heartbeat are read from a record, whatever its order and spacing") {
  const std::string_view line =
      R"({"traceID":1, "bootUUID" : "B-1","machTimestamp": 18446744073709551615,"timestamp":"2026-07-26 18:11:22.348728+1200","processID":42,"eventMessage":"sbtuned heartbeat 42 00ff 3"})";
  CHECK(MarkOf(line) == Mark{.boot = "B-1", .mach = 18446744073709551615u, .wall_ns = 1785046282348728000});
  const HeartbeatLine heartbeat = HeartbeatOf(line);
  CHECK(heartbeat.pid == 42);
  CHECK(heartbeat.message == "sbtuned heartbeat 42 00ff 3");
  CHECK(MarkOf("{}") == Mark{});
  CHECK(HeartbeatOf("{}").pid == -1);
}

TEST_CASE("what a message says can never be taken for a field of the record") {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"\"",  "\\", "processID", "\"processID\":42", ":",   ",",  "{", "}",
                                           "\\\"", " ",  "eventMessage", "\"eventMessage\":\"sbtuned heartbeat 42 x 1\"",
                                           "\n",  "a",  "\x01", "machTimestamp"};
  for (int round = 0; round < 2000; ++round) {
    std::string message;
    for (int i = 0; i < 8; ++i) message += pieces[random() % pieces.size()];
    // "eventMessage" may stand before or behind the number: nlohmann sorts keys, so two names are tried.
    const std::string key = round % 2 == 0 ? "eventMessage" : "zMessage";
    const std::string line = nlohmann::json{{key, message}, {"processID", 7}, {"machTimestamp", 5}}.dump();
    CAPTURE(line);
    CHECK(JsonField(line, "processID") == "7");
    CHECK(JsonField(line, "machTimestamp") == "5");
    if (round % 2 != 0) CHECK_FALSE(JsonField(line, "eventMessage").has_value());
    CHECK(static_cast<int>(Classify(line)) == static_cast<int>(
              round % 2 == 0 && message.starts_with("sbtuned heartbeat ") ? LineKind::kHeartbeat : LineKind::kRecord));
  }
}

TEST_CASE("times of the log are read with their zone and fraction") {
  struct Row {
    std::string_view text;
    std::optional<std::int64_t> ns;
  };
  for (const Row& row : {
           Row{"1970-01-01 00:00:00+0000", 0},
           Row{"1970-01-01 00:00:01.5+0000", 1'500'000'000},
           Row{"1970-01-01 01:00:00.000001+0100", 1'000},
           Row{"2026-03-12 08:00:00.000137-0800", 1773331200000137000},
           Row{"2024-02-29 23:59:59", 1709251199000000000},
           Row{"2026-02-30 00:00:00+0000", std::nullopt},
           Row{"2026-01-01 24:00:00+0000", std::nullopt},
           Row{"2026-01-01T00:00:00+0000", std::nullopt},
           Row{"2026-01-01 00:00:00.5 +0000", std::nullopt},
           Row{"2026-01-01 00:00:00+00:00", std::nullopt},
           Row{"", std::nullopt},
       }) {
    CAPTURE(row.text);
    CHECK(ParseLogTime(row.text) == row.ns);
  }
}

TEST_CASE("lines come out the same however their bytes are cut") {
  const std::string bytes = "one\n\ntwo two\n" + std::string(300, 'x') + "\nlast";
  for (std::size_t cut = 1; cut < 40; ++cut) {
    LineBuffer buffer;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
      for (std::string& line : Lines(buffer, std::string_view(bytes).substr(at, cut))) lines.push_back(std::move(line));
    }
    CAPTURE(cut);
    CHECK(lines == std::vector<std::string>{"one", "", "two two", std::string(300, 'x')});
    CHECK(buffer.HoldsPartialLine());
    CHECK(Lines(buffer, "\n") == std::vector<std::string>{"last"});
  }
}

TEST_CASE("a line beyond the limit is skipped and counted, its neighbours are not") {
  for (std::size_t cut : {1, 7, 64, 1000}) {
    LineBuffer buffer(100);
    const std::string bytes = "before\n" + std::string(250, 'x') + "\nafter\n" + std::string(100, 'y') + "\n" +
                              std::string(101, 'z') + "\nend\n";
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
      for (std::string& line : Lines(buffer, std::string_view(bytes).substr(at, cut))) lines.push_back(std::move(line));
    }
    CAPTURE(cut);
    CHECK(lines == std::vector<std::string>{"before", "after", std::string(100, 'y'), "end"});
    CHECK(buffer.TakeOverlong() == 2);
    CHECK(buffer.TakeOverlong() == 0);
    CHECK_FALSE(buffer.HoldsPartialLine());
  }
}
