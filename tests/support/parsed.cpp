#include "tests/support/parsed.h"

#include <doctest/doctest.h>

namespace sbtune::test {
namespace {

std::optional<std::string> Owned(std::optional<std::string_view> view) {
  return view ? std::optional<std::string>(*view) : std::nullopt;
}

class Collector final : public ingest::RecordSink {
 public:
  explicit Collector(std::vector<Parsed>& records) : records_(records) {}
  void OnRecord(const access::RecordView& record) override {
    records_.push_back(Own(record));
    records_.back().line += lines_before;
  }
  std::uint64_t lines_before = 0;

 private:
  std::vector<Parsed>& records_;
};

}  // namespace

Parsed Own(const access::RecordView& record) {
  Parsed parsed;
  parsed.kind = record.kind;
  parsed.action = record.action;
  parsed.provenance = record.provenance;
  parsed.ambiguous = record.ambiguous;
  parsed.platform_policy = record.platform_policy;
  parsed.line = record.line;
  parsed.offset = record.offset;
  parsed.duplicates = record.duplicates;
  parsed.pid = record.pid;
  parsed.errno_number = record.errno_number;
  parsed.process = Owned(record.process);
  parsed.operation = Owned(record.operation);
  parsed.target = Owned(record.target);
  parsed.tag = Owned(record.tag);
  parsed.time_ns = record.time_ns;
  parsed.identity_kind = record.identity_kind;
  parsed.identity_low = record.identity_low;
  parsed.identity_high = record.identity_high;
  return parsed;
}

std::ostream& operator<<(std::ostream& out, const Parsed& parsed) {
  out << parsed.line << '@' << parsed.offset << ' ' << access::Name(parsed.kind) << ' '
      << access::Name(parsed.action) << ' ' << access::Name(parsed.provenance);
  out << " process=" << parsed.process.value_or("-");
  out << " pid=" << (parsed.pid ? std::to_string(*parsed.pid) : "-");
  out << " operation=" << parsed.operation.value_or("-") << " target=" << parsed.target.value_or("-");
  out << " duplicates=" << parsed.duplicates;
  out << " errno=" << (parsed.errno_number ? std::to_string(*parsed.errno_number) : "-");
  if (parsed.tag) out << " tag=" << *parsed.tag;
  if (parsed.ambiguous) out << " ambiguous";
  if (parsed.platform_policy) out << " platform-policy";
  if (parsed.time_ns) out << " time=" << *parsed.time_ns;
  return out << " identity=" << static_cast<int>(parsed.identity_kind) << ':' << parsed.identity_low;
}

ParsedText ParseText(std::string text, std::size_t chunk_bytes, ingest::OtherRecords others) {
  ParsedText parsed;
  ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(std::move(text), chunk_bytes);
  ingest::ChunkParser parser(others);
  ingest::Chunk chunk;
  Collector collector(parsed.records);
  for (;;) {
    const base::Result<bool> more = reader.Next(chunk);
    REQUIRE(more.has_value());
    if (!*more) return parsed;
    const ingest::ChunkTotals totals = parser.Parse(chunk, collector);
    parsed.totals.lines += totals.lines;
    parsed.totals.records += totals.records;
    parsed.totals.skipped += totals.skipped;
    collector.lines_before = parsed.totals.lines;
    ++parsed.chunks;
  }
}

std::vector<Parsed> EventsOf(std::string text) {
  return ParseText(std::move(text), 1u << 20, ingest::OtherRecords::kSkip).records;
}

Parsed OneEvent(std::string text) {
  const std::vector<Parsed> events = EventsOf(std::move(text));
  REQUIRE(events.size() == 1);
  return events.front();
}

}  // namespace sbtune::test
