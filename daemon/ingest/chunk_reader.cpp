#include <algorithm>
#include <utility>

#include "daemon/ingest/chunk.h"
#include "daemon/ingest/input.h"
#include "daemon/ingest/lines.h"
#include "daemon/ingest/place_hash.h"
#include "daemon/ingest/record_reader.h"

namespace sbtune::ingest {
namespace {

constexpr std::size_t kLookAhead = 4096;  // bytes past a chunk's size that are read before it is cut
constexpr std::size_t kPadding = 64;      // spare capacity behind a chunk, so that JSON is read in place
constexpr std::size_t npos = std::string_view::npos;

class NoVisitor final : public RecordVisitor {
 public:
  void OnRecord(access::RecordView&, Extent) override {}
  void OnOther(Extent) override {}
};

// The last line start in (limit / 2, limit] at which a record surely begins; 0 if there is none.
std::size_t FindSureCut(std::string_view bytes, std::size_t limit) {
  for (std::size_t at = std::min(limit, bytes.size()); at > limit / 2;) {
    const std::size_t newline = bytes.rfind('\n', at - 1);
    if (newline == npos || newline < limit / 2) return 0;
    const std::string_view ahead = bytes.substr(newline + 1, kLookAhead);
    if (BeginsRecord(ahead.substr(0, ahead.find('\n')))) return newline + 1;
    at = newline;
  }
  return 0;
}

// The start of the first line longer than kMaxLine; npos if there is none.
std::size_t FindLongLine(std::string_view bytes) {
  for (std::size_t line = 0; line + kMaxLine < bytes.size();) {
    // Any newline within the next kMaxLine bytes proves the lines before it short.
    const std::size_t newline = bytes.rfind('\n', line + kMaxLine);
    if (newline == npos || newline < line) return line;
    line = newline + 1;
  }
  return npos;
}

}  // namespace

struct ChunkReader::State {
  State(Input from, std::size_t size) : input(std::move(from)), chunk_bytes(std::max<std::size_t>(size, 1)) {}

  Input input;
  std::size_t chunk_bytes;

  std::string pending;       // read, not yet handed out; begins at a unit's start
  bool at_end = false;       // `pending` ends where the input ends
  bool paused = false;       // it ends where a pipe has no more for now
  std::size_t decided = 0;   // a border between units of `pending` that no further byte can move
  std::uint64_t offset = 0;  // of `pending` in the input
  std::uint64_t read = 0;
  PlaceHash hash;  // over every byte before `pending`
  RecordReader units;
  std::uint64_t skipped = 0;

  base::Status Fill(std::size_t size);
  base::Result<std::size_t> FindCut();
  bool DecideUpTo(std::string_view text, bool ended, std::size_t want);
  base::Status SkipLongLine();
  void HandOver(std::size_t count, std::string& bytes);
  void Drop(std::size_t count);
};

// Reads until `pending` has `size` bytes, the input ends, or a pipe pauses.
base::Status ChunkReader::State::Fill(std::size_t size) {
  paused = false;
  if (pending.size() >= size || at_end) return {};
  const std::size_t before = pending.size();
  const base::Result<Input::Got> got = input.Append(pending, size - before, kPadding);
  if (!got) return std::unexpected(got.error());
  read += pending.size() - before;
  at_end = *got == Input::Got::kEnd;
  paused = *got == Input::Got::kSome;
  return {};
}

// Reads units from `decided` on and moves it to the last border at or before `want`, else to the first one
// behind; false if more bytes are needed for that.
bool ChunkReader::State::DecideUpTo(std::string_view text, bool ended, std::size_t want) {
  NoVisitor nobody;
  while (decided < text.size() && decided < want) {
    Window window(text);
    const std::size_t next = units.ReadUnit(window, decided, nobody).next;
    if (window.touched_end() && !ended) return false;
    if (next > want && decided > 0) break;
    decided = next;
  }
  return decided > 0;
}

// How much of `pending` the next chunk takes; 0 at the end of the input, or where an over-long line begins.
base::Result<std::size_t> ChunkReader::State::FindCut() {
  for (std::size_t size = chunk_bytes + kLookAhead;;) {
    if (base::Status filled = Fill(size); !filled) return std::unexpected(filled.error());
    // An over-long line ends everything before it, wherever the chunk would have been cut.
    const std::size_t long_line = FindLongLine(pending);
    const bool ended = at_end || long_line != npos;
    const std::string_view text = std::string_view(pending).substr(0, long_line);
    if (ended && text.size() <= chunk_bytes) return text.size();
    if (text.size() > chunk_bytes) {
      if (const std::size_t cut = FindSureCut(text, chunk_bytes)) return cut;
    }
    if (DecideUpTo(text, ended, chunk_bytes)) return decided;
    if (paused && decided > 0) return decided;
    if (!paused) size *= 2;
  }
}

void ChunkReader::State::Drop(std::size_t count) {
  hash.Add(std::string_view(pending).substr(0, count));
  offset += count;
  decided = 0;
  pending.erase(0, count);
}

base::Status ChunkReader::State::SkipLongLine() {
  ++skipped;
  for (;;) {
    const std::size_t newline = pending.find('\n');
    const bool whole = newline != npos;
    Drop(whole ? newline + 1 : pending.size());
    if (whole || at_end) return {};
    if (base::Status filled = Fill(chunk_bytes + kLookAhead); !filled) return filled;
  }
}

// The big part changes hands without a copy; the few bytes read ahead are copied back.
void ChunkReader::State::HandOver(std::size_t count, std::string& bytes) {
  hash.Add(std::string_view(pending).substr(0, count));
  offset += count;
  decided = 0;
  bytes.clear();
  bytes.reserve(chunk_bytes + kLookAhead + kPadding);
  bytes.append(pending, count);
  bytes.swap(pending);
  bytes.resize(count);
}

ChunkReader::ChunkReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ChunkReader::ChunkReader(ChunkReader&&) noexcept = default;
ChunkReader& ChunkReader::operator=(ChunkReader&&) noexcept = default;
ChunkReader::~ChunkReader() = default;

base::Result<ChunkReader> ChunkReader::Open(const std::string& path, std::size_t chunk_bytes) {
  base::Result<Input> input = Input::Open(path);
  if (!input) return std::unexpected(input.error());
  return ChunkReader(std::make_unique<State>(std::move(*input), chunk_bytes));
}

ChunkReader ChunkReader::FromBytes(std::string bytes, std::size_t chunk_bytes) {
  return ChunkReader(std::make_unique<State>(Input::FromBytes(std::move(bytes)), chunk_bytes));
}

ChunkReader ChunkReader::FromDescriptor(base::Descriptor pipe, std::string name, std::size_t chunk_bytes) {
  return ChunkReader(
      std::make_unique<State>(Input::FromDescriptor(std::move(pipe), std::move(name)), chunk_bytes));
}

base::Result<bool> ChunkReader::Next(Chunk& chunk) {
  State& state = *state_;
  chunk.bytes.clear();
  base::Result<std::size_t> cut = state.FindCut();
  while (cut && *cut == 0 && !state.pending.empty()) {
    if (base::Status skipped = state.SkipLongLine(); !skipped) return std::unexpected(skipped.error());
    cut = state.FindCut();
  }
  if (!cut) return std::unexpected(cut.error());
  chunk.skipped_lines = std::exchange(state.skipped, 0);
  if (*cut == 0 && chunk.skipped_lines == 0) return false;
  chunk.offset = state.offset;
  chunk.prefix_hash = state.hash.state();
  state.HandOver(*cut, chunk.bytes);
  return true;
}

std::uint64_t ChunkReader::bytes_read() const { return state_->read; }
std::uint64_t ChunkReader::total_bytes() const { return state_->input.total_bytes(); }

}  // namespace sbtune::ingest
