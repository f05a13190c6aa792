#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/doctor_checks.h"
#include "cli/status_view.h"
#include "cli/watch_view.h"

using namespace sbtune;
using namespace sbtune::cli;

namespace {

protocol::LiveRecord Sample(const std::string& target = "/etc/hosts") {
  return {.seq = 1,
          .kind = access::RecordKind::kDenial,
          .action = access::Action::kDeny,
          .provenance = access::Provenance::kKernel,
          .ambiguous = false,
          .platform_policy = false,
          .duplicates = 0,
          .pid = 41,
          .time_ns = 1773331200123456789,
          .process = "cat",
          .operation = "file-read-data",
          .target = target,
          .tag = std::nullopt};
}

}  // namespace

TEST_CASE("a record is one line, with what must be known about it") {
  WatchView view(WatchFormat::kText, Colour::kNo);
  CHECK(view.Line(Sample()) == "16:00:00.123 cat(41) deny file-read-data /etc/hosts\n");
  protocol::LiveRecord record = Sample();
  record.provenance = access::Provenance::kUntrusted;
  record.ambiguous = record.platform_policy = true;
  record.tag = "t\x1b[1m";
  record.pid = std::nullopt;
  record.time_ns = std::nullopt;
  CHECK(view.Line(record) ==
        "--:--:--.--- cat(?) deny file-read-data /etc/hosts [untrusted, ambiguous, platform policy, tag t\\e[1m]\n");
  record = Sample();
  record.kind = access::RecordKind::kDuplicate;
  record.duplicates = 3;
  record.target = std::nullopt;
  CHECK(view.Line(record) == "16:00:00.123 cat(41) deny file-read-data (+3 more)\n");
}

TEST_CASE("what a log says never reaches the terminal raw, with or without colours") {
  for (const Colour colour : {Colour::kNo, Colour::kYes}) {
    WatchView view(WatchFormat::kText, colour);
    protocol::LiveRecord record = Sample("/a\x1b]0;title\x07\nb");
    record.process = "\x1b[2Jx";
    record.operation = "op\r";
    const std::string line = view.Line(record);
    CHECK(line.find("\\e[2Jx") != std::string::npos);
    CHECK(line.find("/a\\e]0;title\\x07\\nb") != std::string::npos);
    CHECK(line.find('\r') == std::string::npos);
    CHECK(line.find("\x1b]") == std::string::npos);
    CHECK(view.Summary("x").find('\x1b') == std::string::npos);
    CHECK((line.find('\x1b') != std::string::npos) == (colour == Colour::kYes));
  }
}

TEST_CASE("gaps, states and losses are told in words, and as events in JSON") {
  WatchView text(WatchFormat::kText, Colour::kNo);
  CHECK(text.Line(protocol::GapEvent{1773331200000000000, 1773331201000000000, "drop-marker", "pending", 1200}) ==
        "-- records from 16:00:00.000 to 16:00:01.000 may be missing (drop-marker, 1,200 lines; pending)\n");
  CHECK(text.Line(protocol::GapEvent{1773331200000000000, 1773331201000000000, "drop-marker", "backfilled", 0}) ==
        "-- what was logged from 16:00:00.000 to 16:00:01.000 was read again\n");
  CHECK(text.Line(protocol::StateEvent{"degraded", "the log stream stalled"}) == "-- degraded: the log stream stalled\n");
  CHECK(text.Line(protocol::LostEvent{5000}) ==
        "-- 5,000 records came too fast to be shown here; they are stored, see `sbtune denials`\n");
  WatchView json(WatchFormat::kJson, Colour::kNo);
  CHECK(json.Line(protocol::LostEvent{5000}) == "{\"v\":1,\"event\":\"lost\",\"records\":5000}\n");
  CHECK(nlohmann::json::parse(json.Line(Sample()))["target"] == "/etc/hosts");
}

TEST_CASE("the summary counts, names the most frequent and says how to go on") {
  WatchView view(WatchFormat::kText, Colour::kNo);
  CHECK(view.Summary("sbtune suggest") == "\nno denials seen\n");
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j <= i; ++j) (void)view.Line(Sample("/f" + std::to_string(i)));
  }
  protocol::LiveRecord duplicate = Sample("/f0");
  duplicate.kind = access::RecordKind::kDuplicate;
  duplicate.duplicates = 1000;
  (void)view.Line(duplicate);
  const std::string summary = view.Summary("sbtune suggest --profile YOUR.sb");
  CHECK(summary.starts_with("\n1,078 denials of 12 kinds\n    1,001  cat  file-read-data  /f0\n       12  cat  file-read-data  /f11\n"));
  CHECK(summary.ends_with("           and 2 kinds more\na patch for them: sbtune suggest --profile YOUR.sb\n"));
  CHECK(summary.find("not complete") == std::string::npos);
  (void)view.Line(protocol::GapEvent{0, 1, "drop-marker", "pending", 0});
  CHECK(view.Summary("x").find("not complete: some records may be missing, see above and `sbtune status`\n") !=
        std::string::npos);
}

TEST_CASE("status without a daemon tells what the database knows") {
  StatusFacts facts;
  facts.database = "/d.db";
  facts.database_bytes = 65536;
  facts.cursor = store::Cursor{1773331200000000000, ""};
  facts.now_ns = 1773331200000000000 + 90 * 1'000'000'000L;
  facts.gap_counts = {{"backfilled", 3, 0}, {"expired", 1, 0}};
  facts.gaps = {{7, 1773331100000000000, 1773331101000000000, "drop-marker", "expired", 4}};
  CHECK(HealthOf(facts) == Health::kNotRunning);
  CHECK(StatusText(facts) ==
        "state     not running\n"
        "store     /d.db, 65,536 bytes\n"
        "read to   2026-03-12 16:00:00 UTC, 90 s ago\n"
        "gaps      3 read again, 1 in which records may be missing\n"
        "          2026-03-12 15:58:20 to 2026-03-12 15:58:21 UTC: drop-marker, expired, 4 lines\n");
  const auto json = nlohmann::json::parse(StatusJson(facts));
  CHECK(json["running"] == false);
  CHECK(json["daemon"].is_null());
  CHECK(json["cursor"]["age_s"] == 90);
  CHECK(json["gaps"]["open"][0]["repair"] == "expired");
}

TEST_CASE("status of a daemon at work, as text and as JSON") {
  StatusFacts facts;
  facts.database = "/d.db";
  facts.database_bytes = 8192;
  facts.cursor = store::Cursor{1773331200000000000, "sbtuned heartbeat 1 a 1"};
  facts.now_ns = 1773331200000000000 + 3 * 3600 * 1'000'000'000L;
  facts.gap_counts = {{"backfilled", 1200, 0}, {"pending", 1, 7}};
  facts.gaps = {{7, 1773331100000000000, 1773331101000000000, "queue-full", "pending", 7}};
  facts.daemon_json =
      R"({"daemon":{"version":"0.1.0","pid":4242,"since":"2026-03-12T15:00:00.1Z"},)"
      R"("state":{"state":"live","reason":"","since":"2026-03-12T15:00:01Z"},)"
      R"("source":{"tool":"/usr/bin/log","restarts":2,"stream_lines":1234567,"backfill_lines":99,"dropped_lines":7,)"
      R"("overlong_lines":1,"last_proof":"2026-03-12T16:00:00Z","latency_ms":1.25},)"
      R"("records":{"read":1234666,"denials":1200000,"duplicates":34000,"allows":600,"reports":66,"untrusted":12,)"
      R"("ambiguous":3,"already_known":41,"unknown":5,"last":"2026-03-12T15:59:59.5Z","last_minute":640},)"
      R"("gaps":{"found":1201,"open":1,"lost_lines":7},)"
      R"("store":{"path":"/d.db","bytes":8192,"error":null},)"
      R"("clients":{"connected":3,"watching":2,"cut_off":1,"refused":0}})";
  CHECK(HealthOf(facts) == Health::kGood);
  CHECK(StatusText(facts) ==
        "state     live since 2026-03-12 15:00:01 UTC\n"
        "daemon    sbtuned 0.1.0, process 4242, since 2026-03-12 15:00:00 UTC\n"
        "source    /usr/bin/log, 2 restarts; marker last back at 2026-03-12 16:00:00 UTC, after 1.25 ms\n"
        "records   1,234,666 read since its start, 640 in the last minute, the last at 2026-03-12 15:59:59 UTC\n"
        "          1,200,000 denials, 34,000 duplicates, 12 untrusted, 41 met before\n"
        "losses    7 lines dropped, 1 over-long, 5 unknown\n"
        "clients   3 connected, 2 watching, 1 cut off, 0 refused\n"
        "store     /d.db, 8,192 bytes\n"
        "read to   2026-03-12 16:00:00 UTC, 3 h ago\n"
        "gaps      1,200 read again, 1 in which records may be missing\n"
        "          2026-03-12 15:58:20 to 2026-03-12 15:58:21 UTC: queue-full, pending, 7 lines\n");
  auto json = nlohmann::ordered_json::parse(StatusJson(facts));
  CHECK(json["daemon"] == nlohmann::ordered_json::parse(facts.daemon_json));
  json.erase("daemon");
  CHECK(json.dump() ==
        R"({"schema":"sbtune.status/1","running":true,"database":"/d.db","database_bytes":8192,)"
        R"("cursor":{"time":"2026-03-12T16:00:00Z","age_s":10800},)"
        R"("gaps":{"counts":[{"repair":"backfilled","gaps":1200,"lost_lines":0},{"repair":"pending","gaps":1,"lost_lines":7}],)"
        R"("open":[{"from":"2026-03-12T15:58:20Z","to":"2026-03-12T15:58:21Z","reason":"queue-full","repair":"pending",)"
        R"("lost_lines":7}]},"error":null,"daemon_error":null})");
}

TEST_CASE("status passes on what the daemon says, and survives what it does not say") {
  StatusFacts facts;
  facts.daemon_json =
      R"({"daemon":{"version":"1","pid":4242,"since":"2026-03-12T16:00:00.1Z"},"state":{"state":"degraded","reason":"the log stream stalled\u001b[0m","since":"2026-03-12T16:00:00Z"},"store":{"path":"/d.db","bytes":4096,"error":null}})";
  CHECK(HealthOf(facts) == Health::kDegraded);
  const std::string text = StatusText(facts);
  CHECK(text.starts_with("state     degraded since 2026-03-12 16:00:00 UTC: the log stream stalled\\e[0m\n"
                         "daemon    sbtuned 1, process 4242, since 2026-03-12 16:00:00 UTC\n"));
  CHECK(text.find("records   ? read since its start") != std::string::npos);
  facts.daemon_json = R"({"state":{"state":"live","reason":""},"store":{"error":null}})";
  CHECK(HealthOf(facts) == Health::kGood);
  facts.daemon_json = R"({"state":{"state":"live","reason":""},"store":{"error":"the disk is full"}})";
  CHECK(HealthOf(facts) == Health::kDegraded);
  for (const char* odd : {"[]", "{}", "{\"state\":7}", "nonsense"}) {
    facts.daemon_json = odd;
    CHECK_FALSE(StatusText(facts).empty());
    CHECK(nlohmann::json::accept(StatusJson(facts)));
  }
}

TEST_CASE("status does not count gaps that it could not read") {
  StatusFacts facts;
  facts.database = "/d.db";
  facts.database_error = "there is no /d.db yet; sbtuned makes it when it starts";
  CHECK(StatusText(facts) ==
        "state     not running\n"
        "store     /d.db, 0 bytes\n"
        "          there is no /d.db yet; sbtuned makes it when it starts\n"
        "gaps      unknown, they stand in the database\n");
}

TEST_CASE("doctor reads a daemon's own words: live, degraded, unable to store, of another version, nonsense") {
  const auto lines = [](const std::string& status) {
    std::string text;
    for (const Check& check : JudgeStatus(status, "2")) text += DoctorLine(check);
    return text;
  };
  CHECK(lines(R"({"daemon":{"version":"2"},"state":{"state":"live","reason":""},"store":{"error":null}})") ==
        "ok       daemon        it is live\nok       versions      sbtune and sbtuned are both 2\n");
  CHECK(lines(R"({"daemon":{"version":"1"},"state":{"state":"degraded","reason":"it stalled"},)"
              R"("store":{"error":"the disk is full; free some space"}})") ==
        "failed   daemon        it is degraded: it stalled; `sbtune status` tells what may be missing\n"
        "failed   storing       sbtuned reads, but the disk is full; free some space\n"
        "failed   versions      sbtune is 2, sbtuned is 1; run `sbtune daemon restart`\n");
  CHECK(lines("[]") ==
        "failed   daemon        it is ?: ?\n"
        "failed   versions      sbtune is 2, sbtuned is ?; run `sbtune daemon restart`\n");
}

TEST_CASE("doctor's answers are lines and JSON") {
  CHECK(DoctorLine({"log tool", Outcome::kOk, "fine"}) == "ok       log tool      fine\n");
  CHECK(DoctorLine({"account", Outcome::kFailed, "no\n"}) == "failed   account       no\\n\n");
  const auto json = nlohmann::json::parse(DoctorJson({{"a", Outcome::kSkipped, "b"}}));
  CHECK(json["checks"][0] == nlohmann::json{{"name", "a"}, {"outcome", "skipped"}, {"text", "b"}});
}
