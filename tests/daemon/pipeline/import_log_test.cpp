// Whole logs through every stage into a store.
#include "daemon/pipeline/import_log.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>

#include <fmt/format.h>

#include "sql/store/database.h"
#include "tests/support/log_generator.h"
#include "tests/support/parsed.h"
#include "tests/support/shared_data.h"
#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::test;

namespace {

struct Cutting {
  std::size_t chunk_bytes = 1u << 20;
  std::size_t workers = 2;
  std::size_t batch_bytes = 16u << 20;
  std::int64_t commit_ns = 3600 * base::kSecondNs;
};

pipeline::LogSummary ImportText(StoreFixture& fixture, const std::string& text, const Cutting& cutting = {},
                                const std::string& run = "r") {
  ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(text, cutting.chunk_bytes);
  store::Import import = store::Import::Into(fixture.store(), {.name = run}, "text", kStart);
  const base::SystemClock clock;
  const pipeline::ImportOptions options{.workers = cutting.workers, .batch_bytes = cutting.batch_bytes,
                                        .commit_ns = cutting.commit_ns};
  const base::Result<pipeline::LogSummary> summary = pipeline::ImportLog(reader, import, clock, options, nullptr);
  REQUIRE_MESSAGE(summary.has_value(), summary.error().message);
  return *summary;
}

std::string MixedLog(std::uint64_t seed, int records) {
  LogGenerator generator(seed);
  std::string text;
  for (int i = 0; i < records; ++i) {
    if (i % 3 == 0) generator.AppendCompact(text);
    if (i % 3 == 1) generator.AppendNdjson(text);
    if (i % 3 == 2) generator.AppendMessage(text), text += "\n";
    if (i % 10 == 0) generator.AppendNoise(text);
  }
  return text;
}

// Groups with their counts as the slow way finds them: one record after the other into a map.
std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> Expected(const std::string& text) {
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> groups;
  for (const Parsed& record : EventsOf(text)) {
    const std::string name = fmt::format("{} {} {} {} {} {} {} {}", record.process.value_or(""),
                                         record.operation.value_or(""), record.target.value_or("(none)"),
                                         access::Name(record.action), access::Name(record.provenance),
                                         record.platform_policy, record.ambiguous, record.tag.value_or("(none)"));
    const bool duplicate = record.kind == access::RecordKind::kDuplicate;
    groups[name].first += duplicate ? 0 : 1;
    groups[name].second += duplicate ? record.duplicates : 0;
  }
  return groups;
}

std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> Stored(StoreFixture& fixture) {
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> groups;
  for (const access::DenialGroup& group : fixture.Groups({.action = std::nullopt})) {
    const std::string name = fmt::format("{} {} {} {} {} {} {} {}", group.process, group.operation,
                                         group.target.value_or("(none)"), access::Name(group.action),
                                         access::Name(group.provenance), group.platform_policy, group.ambiguous,
                                         group.tag.value_or("(none)"));
    groups[name] = {group.count, group.duplicates};
  }
  return groups;
}

std::uint64_t KeyCount(StoreFixture& fixture) {
  const base::Result<std::int64_t> sum = fixture.store().database().Scalar("SELECT sum(size) FROM key_runs");
  REQUIRE(sum.has_value());
  return static_cast<std::uint64_t>(*sum);
}

}  // namespace

TEST_CASE("a log of mixed forms is counted as reading it record by record counts it") {
  const std::string text = MixedLog(1, 3000);
  StoreFixture fixture;
  const pipeline::LogSummary summary = ImportText(fixture, text);
  CHECK(Stored(fixture) == Expected(text));
  CHECK(summary.bytes == text.size());
  CHECK(summary.lines == static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
  CHECK(summary.totals.read.records == EventsOf(text).size());
  CHECK(summary.totals.already_known == 0);
  CHECK(summary.kind == pipeline::InputKind::kLog);
}

TEST_CASE("chunks, batches and workers do not change what is stored") {
  const std::string text = MixedLog(2, 2000);
  StoreFixture whole;
  ImportText(whole, text, {.workers = 1});
  const std::string expected = whole.Dump();
  for (const Cutting& cutting :
       {Cutting{.chunk_bytes = 1000, .workers = 1, .batch_bytes = 1}, Cutting{.chunk_bytes = 5000, .workers = 3},
        Cutting{.chunk_bytes = 3000, .workers = 4, .batch_bytes = 40'000, .commit_ns = 0},
        Cutting{.chunk_bytes = 700, .workers = 8, .batch_bytes = 1}}) {
    CAPTURE(cutting.chunk_bytes);
    CAPTURE(cutting.workers);
    StoreFixture fixture;
    ImportText(fixture, text, cutting);
    CHECK(fixture.Dump() == expected);
    CHECK(ImportText(fixture, text).totals.already_known == whole.store().Runs()->size() * EventsOf(text).size());
    CHECK(fixture.Dump() == expected);
    CHECK(KeyCount(fixture) == EventsOf(text).size());
  }
}

TEST_CASE("a file that has grown counts its old part once, wherever it was cut") {
  const std::string text = MixedLog(3, 1500);
  StoreFixture whole;
  ImportText(whole, text);
  const std::string expected = whole.Dump();
  for (std::size_t i = 1; i < 6; ++i) {
    const std::size_t cut = text.find('\n', text.size() * i / 6) + 1;
    CAPTURE(cut);
    StoreFixture fixture;
    const std::uint64_t head = ImportText(fixture, text.substr(0, cut), {.chunk_bytes = 9000}).totals.read.records;
    CHECK(ImportText(fixture, text, {.chunk_bytes = 20'000}).totals.already_known == head);
    CHECK(fixture.Dump() == expected);
  }
}

TEST_CASE("overlapping captures of the same time count what they share once") {
  LogGenerator generator(4);
  std::vector<std::string> lines(2000);
  for (std::size_t i = 0; i < lines.size(); ++i) i % 2 == 0 ? generator.AppendCompact(lines[i]) : generator.AppendNdjson(lines[i]);
  const auto join = [&](std::size_t begin, std::size_t end) {
    std::string text;
    for (std::size_t i = begin; i < end; ++i) text += lines[i];
    return text;
  };
  StoreFixture whole;
  ImportText(whole, join(0, 2000));
  StoreFixture fixture;
  ImportText(fixture, join(500, 1500));
  ImportText(fixture, join(0, 900), {.chunk_bytes = 10'000});
  ImportText(fixture, join(1200, 2000));
  CHECK(fixture.Dump() == whole.Dump());
}

TEST_CASE("a log that is repeated within a file counts its text lines again and its events once") {
  LogGenerator generator(5);
  std::string text_lines;
  std::string events;
  for (int i = 0; i < 300; ++i) {
    generator.AppendCompact(text_lines);
    generator.AppendNdjson(events);
  }
  StoreFixture fixture;
  const pipeline::LogSummary first = ImportText(fixture, text_lines + text_lines + text_lines, {.chunk_bytes = 4000});
  CHECK(first.totals.already_known == 0);
  CHECK(KeyCount(fixture) == 300);  // with their number beside them
  CHECK(ImportText(fixture, text_lines + text_lines).totals.already_known == 600);
  const pipeline::LogSummary second = ImportText(fixture, events + events, {.chunk_bytes = 4000});
  CHECK(second.totals.already_known == 300);
}

TEST_CASE("what is not a log is told apart from a log of a quiet time") {
  struct Row {
    std::string text;
    pipeline::InputKind kind;
  };
  using pipeline::InputKind;
  for (const Row& row :
       {Row{"", InputKind::kLog}, Row{"Dear diary,\nnothing happened.\n", InputKind::kNotALog},
        Row{std::string("\x7f" "ELF\0\0\1", 7), InputKind::kNotALog}, Row{"\x1f\x8b\x08", InputKind::kCompressed},
        Row{"Timestamp               Ty Process[PID:TID]\n", InputKind::kLog},
        Row{"Filtering the log data using \"sender == \"Sandbox\"\"\n{\"count\":0,\"finished\":1}\n", InputKind::kLog},
        Row{"[\n]\n", InputKind::kNotALog}, Row{"[]\n", InputKind::kLog}, Row{"{\"name\": \"left-pad\"}\n", InputKind::kNotALog},
        Row{"2026-03-03 01:00:00.000 Df launchd[1:2] nothing of note\n", InputKind::kLog}}) {
    CAPTURE(row.text);
    StoreFixture fixture;
    CHECK(ImportText(fixture, row.text).kind == row.kind);
    const bool stored = row.kind == InputKind::kLog;
    CHECK(fixture.store().Runs()->size() == (stored ? 1 : 0));
  }
}

TEST_CASE("progress only grows and ends at the end") {
  const std::string text = MixedLog(6, 2000);
  StoreFixture fixture;
  ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(text, 5000);
  store::Import import = store::Import::Into(fixture.store(), {.name = "r"}, "text", kStart);
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::atomic<bool> ordered = true;
  const base::SystemClock clock;
  const auto summary = pipeline::ImportLog(reader, import, clock, {}, [&](const pipeline::ImportProgress& progress) {
    ordered = ordered && progress.records >= records && progress.bytes >= bytes;
    records = progress.records;
    bytes = progress.bytes;
  });
  REQUIRE(summary.has_value());
  CHECK(ordered);
  CHECK(records == summary->totals.read.records);
  CHECK(bytes == text.size());
}

TEST_CASE("recorded programs import, and import again, with the counts of their lines") {
  const auto path = SharedData("traces/git.1.ndjson.gz");
  if (!path) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const std::string text = ReadGzip(*path);
  StoreFixture fixture;
  ImportText(fixture, text);
  const std::string before = fixture.Dump();
  CHECK(Stored(fixture) == Expected(text));
  const pipeline::LogSummary again = ImportText(fixture, text, {.chunk_bytes = 100'000, .workers = 4}, "other");
  CHECK(again.totals.already_known == again.totals.read.records);
  CHECK(fixture.Dump() == before);
}
