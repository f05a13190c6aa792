#include <cstring>

#include "daemon/ingest/chunk.h"
#include "daemon/ingest/place_hash.h"
#include "daemon/ingest/record_reader.h"

namespace sbtune::ingest {
namespace {

std::uint64_t CountLineEnds(std::string_view bytes) {
  std::uint64_t count = 0;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at < end) {
    const auto* found = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (found == nullptr) break;
    ++count;
    at = found + 1;
  }
  return count;
}

// Gives each record its place in the input, and its identity where only the place tells it from others.
class Placing final : public RecordVisitor {
 public:
  Placing(const Chunk& chunk, OtherRecords others, RecordSink& sink)
      : chunk_(chunk),
        others_(others),
        sink_(sink),
        line_(1 + chunk.skipped_lines),
        hash_(chunk.prefix_hash) {}

  void OnRecord(access::RecordView& record, Extent extent) override {
    ++records_;
    record.line = LineOf(extent.begin);
    record.offset = chunk_.offset + extent.begin;
    if (record.identity_kind == access::IdentityKind::kPlace) {
      const Identity identity = hash_.UpTo(chunk_.bytes, extent.end);
      record.identity_low = identity.low;
      record.identity_high = identity.high;
    }
    sink_.OnRecord(record);
  }
  void OnOther(Extent extent) override {
    ++records_;
    if (others_ == OtherRecords::kSkip) return;
    access::RecordView record;
    --records_;
    OnRecord(record, extent);
  }
  void Passed(std::size_t at, Unit unit) {
    if (!unit.one_line) return;
    if (counted_to_ < at) LineOf(at);
    ++line_;  // no need to look for line ends
    counted_to_ = unit.next;
    last_counted_ = unit.next == chunk_.bytes.size();
  }
  // The number of the line that holds `at`, which only grows.
  std::uint64_t LineOf(std::size_t at) {
    line_ += CountLineEnds(std::string_view(chunk_.bytes).substr(counted_to_, at - counted_to_));
    counted_to_ = at;
    return line_;
  }
  // All lines of the chunk, at its end; the last one may lack its line end.
  std::uint64_t LinesSeen() {
    const std::uint64_t after_last = LineOf(chunk_.bytes.size());
    const bool cut = !chunk_.bytes.empty() && chunk_.bytes.back() != '\n' && !last_counted_;
    return after_last - 1 + (cut ? 1 : 0);
  }
  [[nodiscard]] std::uint64_t records() const { return records_; }

 private:
  const Chunk& chunk_;
  OtherRecords others_;
  RecordSink& sink_;
  std::uint64_t line_;
  std::size_t counted_to_ = 0;
  bool last_counted_ = false;
  std::uint64_t records_ = 0;
  PlaceHash hash_;
};

}  // namespace

struct ChunkParser::State {
  OtherRecords others;
  RecordReader reader;
};

ChunkParser::ChunkParser(OtherRecords others) : state_(std::make_unique<State>(State{others, {}})) {}
ChunkParser::ChunkParser(ChunkParser&&) noexcept = default;
ChunkParser& ChunkParser::operator=(ChunkParser&&) noexcept = default;
ChunkParser::~ChunkParser() = default;

ChunkTotals ChunkParser::Parse(const Chunk& chunk, RecordSink& sink) {
  Placing placing(chunk, state_->others, sink);
  Window window(chunk.bytes);
  for (std::size_t at = 0; at < chunk.bytes.size();) {
    const Unit unit = state_->reader.ReadUnit(window, at, placing);
    placing.Passed(at, unit);
    at = unit.next;
  }
  ChunkTotals totals;
  totals.records = placing.records();
  totals.skipped = chunk.skipped_lines;
  totals.lines = placing.LinesSeen();
  return totals;
}

}  // namespace sbtune::ingest
