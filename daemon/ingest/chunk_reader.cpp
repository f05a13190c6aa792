#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/descriptor.h"
#include "daemon/ingest/chunk.h"
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

// Where bytes come from: a descriptor or memory.
class Input {
 public:
  Input(base::Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  explicit Input(std::string bytes) : bytes_(std::move(bytes)) {}

  // Appends up to `count` bytes; fewer only at the end.
  base::Status Append(std::string& out, std::size_t count) {
    const std::size_t begin = out.size();
    out.reserve(begin + count + kPadding);
    if (!file_) {
      out += std::string_view(bytes_).substr(at_, count);
      at_ += out.size() - begin;
      return {};
    }
    base::Status status;
    out.resize_and_overwrite(begin + count, [&](char* data, std::size_t) {
      std::size_t have = begin;
      while (have < begin + count) {
        const ssize_t got = ::read(file_.get(), data + have, begin + count - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = base::Fail(fmt::format("cannot read {}: {}; check that it is a readable file", name_, std::strerror(errno)));
        if (got <= 0) break;
        have += static_cast<std::size_t>(got);
      }
      return have;
    });
    return status;
  }

 private:
  base::Descriptor file_;
  std::string name_;
  std::string bytes_;
  std::size_t at_ = 0;
};

// The last line start in (0, limit] at which a record surely begins; 0 if there is none.
std::size_t FindSureCut(std::string_view bytes, std::size_t limit) {
  for (std::size_t at = limit; at > limit / 2;) {
    const std::size_t newline = bytes.rfind('\n', at - 1);
    if (newline == npos || newline + 1 <= limit / 2) return 0;
    at = newline + 1;
    const std::string_view ahead = bytes.substr(at, kLookAhead);
    if (BeginsRecord(ahead.substr(0, ahead.find('\n')))) return at;
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

// Reads units from `decided` on, a border that no further byte can move, and moves it on. Returns the last border
// at or before `want`, else the first one after it; 0 if more bytes are needed.
std::size_t CutByUnits(RecordReader& units, std::string_view text, bool ended, std::size_t& decided,
                       std::size_t want) {
  NoVisitor nobody;
  while (decided < text.size() && decided < want) {
    Window window(text);
    const std::size_t next = units.ReadUnit(window, decided, nobody).next;
    if (window.touched_end() && !ended) return 0;
    if (next > want && decided > 0) break;
    decided = next;
  }
  return decided;
}

}  // namespace

struct ChunkReader::State {
  State(Input from, std::size_t size, std::uint64_t total)
      : input(std::move(from)), chunk_bytes(std::max<std::size_t>(size, 1)), total_bytes(total) {}

  Input input;
  std::size_t chunk_bytes;
  std::uint64_t total_bytes;

  std::string pending;       // read, not yet handed out; begins at a unit's start
  bool at_end = false;       // `pending` ends where the input ends
  std::uint64_t offset = 0;  // of `pending` in the input
  std::uint64_t read = 0;
  PlaceHash hash;            // over every byte before `pending`
  RecordReader units;
  std::uint64_t skipped = 0;

  base::Status Fill(std::size_t size);
  base::Result<std::size_t> FindCut();
  base::Status SkipLongLine();
  void Consume(std::size_t count);
  void HandOver(std::size_t count, std::string& bytes);
};

base::Status ChunkReader::State::Fill(std::size_t size) {
  if (pending.size() >= size || at_end) return {};
  const std::size_t before = pending.size();
  const std::size_t wanted = size - before;
  base::Status status = input.Append(pending, wanted);
  if (!status) return status;
  read += pending.size() - before;
  at_end = pending.size() < size;
  return {};
}

void ChunkReader::State::Consume(std::size_t count) {
  hash.Add(std::string_view(pending).substr(0, count));
  offset += count;
  pending.erase(0, count);
}

// How much of `pending` the next chunk takes; 0 at the end of the input, or where an over-long line begins.
base::Result<std::size_t> ChunkReader::State::FindCut() {
  std::size_t decided = 0;
  for (std::size_t size = chunk_bytes + kLookAhead;; size *= 2) {
    if (base::Status filled = Fill(size); !filled) return std::unexpected(filled.error());
    // An over-long line ends everything before it, wherever the chunk would have been cut.
    const std::size_t long_line = FindLongLine(pending);
    const bool ended = at_end || long_line != npos;
    const std::string_view text = std::string_view(pending).substr(0, long_line);
    if (ended && text.size() <= chunk_bytes) return text.size();
    if (const std::size_t cut = FindSureCut(text, chunk_bytes)) return cut;
    if (const std::size_t cut = CutByUnits(units, text, ended, decided, chunk_bytes)) return cut;
  }
}

base::Status ChunkReader::State::SkipLongLine() {
  for (;;) {
    const std::size_t newline = pending.find('\n');
    if (newline != npos) {
      Consume(newline + 1);
      break;
    }
    Consume(pending.size());
    if (at_end) break;
    if (base::Status filled = Fill(chunk_bytes + kLookAhead); !filled) return filled;
  }
  ++skipped;
  return {};
}

// The big part changes hands without a copy; the few bytes read ahead are copied back.
void ChunkReader::State::HandOver(std::size_t count, std::string& bytes) {
  hash.Add(std::string_view(pending).substr(0, count));
  offset += count;
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
  const bool standard_input = path == "-";
  base::Descriptor file(standard_input ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const std::string name = standard_input ? "standard input" : path;
  if (!file) {
    return base::Fail(fmt::format("cannot open {}: {}; check the path and its permissions", name, std::strerror(errno)));
  }
  struct stat status {};
  const bool known = ::fstat(file.get(), &status) == 0;
  if (known && S_ISDIR(status.st_mode)) return base::Fail(fmt::format("{} is a folder; name a file in it", name));
  const bool regular = known && S_ISREG(status.st_mode);
  const std::uint64_t total = regular ? static_cast<std::uint64_t>(status.st_size) : 0;
  return ChunkReader(std::make_unique<State>(Input(std::move(file), name), chunk_bytes, total));
}

ChunkReader ChunkReader::FromBytes(std::string bytes, std::size_t chunk_bytes) {
  const std::uint64_t total = bytes.size();
  return ChunkReader(std::make_unique<State>(Input(std::move(bytes)), chunk_bytes, total));
}

base::Result<bool> ChunkReader::Next(Chunk& chunk) {
  State& state = *state_;
  chunk.bytes.clear();
  const base::Result<std::size_t> first = state.FindCut();
  if (!first) return std::unexpected(first.error());
  std::size_t cut = *first;
  while (cut == 0 && !state.pending.empty()) {
    if (base::Status skipped = state.SkipLongLine(); !skipped) return std::unexpected(skipped.error());
    const base::Result<std::size_t> next = state.FindCut();
    if (!next) return std::unexpected(next.error());
    cut = *next;
  }
  chunk.skipped_lines = std::exchange(state.skipped, 0);
  if (cut == 0 && chunk.skipped_lines == 0) return false;
  chunk.offset = state.offset;
  chunk.prefix_hash = state.hash.state();
  state.HandOver(cut, chunk.bytes);
  return true;
}

std::uint64_t ChunkReader::bytes_read() const { return state_->read; }
std::uint64_t ChunkReader::total_bytes() const { return state_->total_bytes; }

}  // namespace sbtune::ingest
