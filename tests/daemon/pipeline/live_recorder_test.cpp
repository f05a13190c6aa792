#include "daemon/pipeline/live_recorder.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "tests/support/fake_clock.h"
#include "tests/support/standin.h"
#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::pipeline;

namespace {

// The record as `log` would print it at that moment: seconds after 2026-03-03 10:00 UTC.
std::string At(std::string record, int second) {
  const auto put = [&](std::string_view from, const std::string& to) {
    record.replace(record.find(from), from.size(), to);
  };
  put("2026-01-01 00:00:00.000000+0000", fmt::format("2026-03-03 10:{:02}:{:02}.000000+0000", second / 60, second % 60));
  put("\"machTimestamp\":0", fmt::format("\"machTimestamp\":{}", 1'000'000 + second * 24'000'000L));
  return record + "\n";
}

std::string Denial(const std::string& target, int second, int thread = 1) {
  return At(test::KernelRecord("cat", 41, "file-read-data", target, thread), second);
}

std::string Report(const std::string& target, int second, int thread = 9) {
  return At(test::SandboxdRecord("cat", 41, "file-read-data", target, thread), second);
}

live::Lines Stream(std::string bytes) { return {live::Origin::kStream, 0, std::move(bytes)}; }
live::Lines Again(std::string bytes) { return {live::Origin::kBackfill, 0, std::move(bytes)}; }

struct Rig {
  test::StoreFixture fixture;
  test::FakeClock clock;
  std::optional<LiveRecorder> recorder;
  Rig() { Restart(); }
  void Restart(std::uint64_t recent = 100) {
    recorder.emplace(fixture.store(), clock, RecorderSettings{.host = "mac", .recent_records = recent});
  }
  Recorded Record(const std::vector<live::LiveEvent>& events) {
    base::Result<Recorded> done = recorder->Record(events);
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
    return std::move(*done);
  }
};

std::vector<std::string> Targets(const Recorded& recorded) {
  std::vector<std::string> targets;
  for (const protocol::LiveRecord& record : recorded.records) {
    targets.push_back(fmt::format("{} {}", record.seq, record.target.value_or("-")));
  }
  return targets;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("records are stored, numbered and handed on, each once, whichever way it comes again") {
  Rig rig;
  const std::string first = Denial("/a", 1), second = Denial("/b", 2), third = Denial("/c", 3);
  CHECK(Targets(rig.Record({Stream(first + first + second)})) == Texts{"1 /a", "2 /b"});
  CHECK(Targets(rig.Record({Again(first + second + third)})) == Texts{"3 /c"});
  rig.Restart();
  (void)rig.recorder->Resume();
  CHECK(Targets(rig.Record({Stream(first + third + Denial("/d", 4))})) == Texts{"4 /d"});
  std::uint64_t count = 0;
  for (const access::DenialGroup& group : rig.fixture.Groups()) {
    count += group.count;
    CHECK(group.provenance == access::Provenance::kKernel);
    CHECK(group.hosts == Texts{"mac"});
  }
  CHECK(count == 4);
}

TEST_CASE("the same records count the same live and imported") {
  Rig rig;
  std::string bytes;
  for (int i = 0; i < 200; ++i) {
    const std::string target = fmt::format("/f{}", i % 7);
    bytes += Denial(target, i / 4, i);
    if (i % 5 == 0) bytes += Report(target, i / 4, 1000 + i);
  }
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = bytes.find('\n', std::min(at + 3000, bytes.size() - 1)) + 1;
    rig.Record({Stream(bytes.substr(at, end - at))});
    at = end;
  }
  rig.Record({Again(bytes)});

  test::StoreFixture imported;
  store::Evidence evidence;
  struct Sink final : ingest::RecordSink {
    explicit Sink(store::Evidence& all) : evidence(all) {}
    void OnRecord(const access::RecordView& record) override { evidence.Add(record); }
    store::Evidence& evidence;
  } sink(evidence);
  evidence.Begin(1);
  ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(bytes);
  ingest::Chunk chunk;
  ingest::ChunkParser parser;
  while (*reader.Next(chunk)) parser.Parse(chunk, sink);
  std::vector<store::Entry> scratch;
  evidence.Seal(scratch);
  store::Import import = store::Import::Into(imported.store(), {.name = "x", .program = {}, .host = {}, .parameters = {}}, "x", 0);
  store::Evidence* const batch[] = {&evidence};
  REQUIRE(import.Commit(batch));
  CHECK(rig.fixture.Stats(store::Dimension::kTarget) == imported.Stats(store::Dimension::kTarget));
  CHECK(rig.fixture.Stats(store::Dimension::kHour) == imported.Stats(store::Dimension::kHour));
  CHECK(rig.fixture.Stats(store::Dimension::kTarget).size() == 7);
}

TEST_CASE("sandboxd's repetition of a denial is not shown, one without a denial is") {
  Rig rig;
  CHECK(Targets(rig.Record({Stream(Denial("/a", 1) + Report("/a", 1) + Report("/z", 2))})) == Texts{"1 /a", "2 /z"});
  CHECK(Targets(rig.Record({Stream(Report("/a", 9))})) == Texts{"3 /a"});  // too long after it
}

TEST_CASE("gaps, their end and the resume point survive a restart") {
  Rig rig;
  const live::Gap gap{10, 20, live::GapReason::kDropMarker, live::Repair::kPending, 3};
  const live::Gap lost{30, 40, live::GapReason::kOverlongLine, live::Repair::kImpossible, 1};
  const Recorded found =
      rig.Record({live::GapFound{1, gap}, live::GapFound{2, lost},
                  live::Progress{{50, "sbtuned heartbeat 1 x 1"}, 0}, live::State{live::StateKind::kLive, ""}});
  CHECK(found.gaps == std::vector<protocol::GapEvent>{{10, 20, "drop-marker", "pending", 3},
                                                      {30, 40, "overlong-line", "impossible", 1}});
  CHECK(found.states == std::vector<protocol::StateEvent>{{"live", ""}});
  rig.Restart();
  const LiveResume resume = rig.recorder->Resume().value();
  CHECK(resume.point == live::ResumePoint{50, "sbtuned heartbeat 1 x 1"});
  CHECK(resume.pending == std::vector<live::Gap>{gap});
  CHECK(rig.Record({live::GapSettled{1, live::Repair::kBackfilled}}).gaps ==
        std::vector<protocol::GapEvent>{{10, 20, "drop-marker", "backfilled", 3}});
  rig.Restart();
  CHECK(rig.recorder->Resume().value().pending.empty());
}

TEST_CASE("forged records are kept apart, and lines without an identity are only counted") {
  Rig rig;
  std::string forged = Denial("/forged", 1);
  forged.replace(forged.find("\\/kernel"), 8, "\\/Users\\/x");
  const Recorded recorded = rig.Record({Stream(forged + "Sandbox: cat(41) deny(1) file-read-data /text\nnoise\n")});
  REQUIRE(recorded.records.size() == 1);
  CHECK(recorded.records[0].provenance == access::Provenance::kUntrusted);
  CHECK(rig.recorder->totals().unknown == 1);
  CHECK(rig.recorder->totals().read.untrusted == 1);
}

TEST_CASE("the newest records are kept one by one, as the socket sends them") {
  Rig rig;
  rig.Restart(3);
  for (int i = 1; i <= 5; ++i) rig.Record({Stream(Denial(fmt::format("/{}", i), i))});
  store::LiveBook book(rig.fixture.store(), kLiveSource);
  Texts targets;
  REQUIRE(book.VisitRecent(0, 1000, [&](std::uint64_t, std::uint64_t, std::string_view lines) {
    targets.push_back(protocol::ParseRecord(lines.substr(0, lines.find('\n'))).value().target.value());
  }));
  CHECK(targets == Texts{"/2", "/3", "/4", "/5"});
  rig.Restart(3);
  (void)rig.recorder->Resume();
  CHECK(Targets(rig.Record({Stream(Denial("/6", 6))})) == Texts{"6 /6"});
}

TEST_CASE("each day is a run of its own") {
  Rig rig;
  rig.Record({Stream(Denial("/a", 1))});
  rig.clock.Advance(24 * 3600 * base::kSecondNs);
  rig.Record({Stream(Denial("/a", 2))});
  const std::vector<access::DenialGroup> groups = rig.fixture.Groups();
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].runs == Texts{"live-2027-01-15@mac", "live-2027-01-16@mac"});
}
