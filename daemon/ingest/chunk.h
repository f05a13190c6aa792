// The log reader's two halves, made so that a file can be parsed on every core:
//
//   ChunkReader   bytes of a file or stdin -> chunks that begin and end at record borders
//   ChunkParser   one chunk -> RecordView after RecordView, in order (stateless between chunks; one per
//   thread)
//
//   ingest::ChunkReader reader = …; ingest::Chunk chunk; ingest::ChunkParser parser;
//   while (*reader.Next(chunk)) totals += parser.Parse(chunk, sink);
//
// Every form of a sandbox log is recognised per record; forms may be mixed in one file. Hostile input: no
// line is kept beyond kMaxLine, nothing recurses, no byte sequence fails. Where chunks are cut never changes
// the records.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/access/record.h"
#include "core/base/descriptor.h"
#include "core/base/result.h"

namespace sbtune::ingest {

inline constexpr std::size_t kMaxLine = 10u << 20;  // bytes; a longer line is skipped and counted

// A running hash over every byte of the input before a chunk; opaque, copied whole (an XXH3 state). All zero:
// no byte stands before.
struct PrefixHash {
  alignas(64) std::array<std::byte, 576> state{};
};

// A run of whole records. `offset` says where it begins in the input, so records know their place.
struct Chunk {
  std::string bytes;  // reused from call to call
  std::uint64_t offset = 0;
  PrefixHash prefix_hash;           // the seed of positional identities
  std::uint64_t skipped_lines = 0;  // over-long lines dropped directly before `bytes`; they count as lines
};

class ChunkReader {
 public:
  // "-" is standard input. `chunk_bytes` is a target; a record larger than it makes a larger chunk.
  [[nodiscard]] static base::Result<ChunkReader> Open(const std::string& path,
                                                      std::size_t chunk_bytes = 1u << 20);
  // Over bytes in memory, for tests and small inputs.
  [[nodiscard]] static ChunkReader FromBytes(std::string bytes, std::size_t chunk_bytes = 1u << 20);
  // What another program writes into a pipe; `name` is for errors.
  [[nodiscard]] static ChunkReader FromDescriptor(base::Descriptor pipe, std::string name,
                                                  std::size_t chunk_bytes = 1u << 20);
  ChunkReader(ChunkReader&&) noexcept;
  ChunkReader& operator=(ChunkReader&&) noexcept;
  ~ChunkReader();

  // Fills `chunk`; false at the end. Where chunks are cut depends on the bytes before the cut and a short
  // look ahead only, so importing a grown file cuts its old part alike.
  [[nodiscard]] base::Result<bool> Next(Chunk& chunk);
  [[nodiscard]] std::uint64_t bytes_read() const;
  [[nodiscard]] std::uint64_t total_bytes() const;  // of a regular file, else 0

 private:
  struct State;
  explicit ChunkReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void OnRecord(const access::RecordView& record) = 0;  // views die when this returns
};

struct ChunkTotals {
  std::uint64_t lines = 0;    // over-long ones too: the sum over chunks is the line number so far
  std::uint64_t records = 0;  // other ones too
  std::uint64_t skipped = 0;  // over-long lines
};

enum class OtherRecords { kSkip, kReport };

class ChunkParser {
 public:
  explicit ChunkParser(OtherRecords others = OtherRecords::kSkip);
  ChunkParser(ChunkParser&&) noexcept;
  ChunkParser& operator=(ChunkParser&&) noexcept;
  ~ChunkParser();
  // RecordView::line counts from 1 within the chunk (skipped lines first); offset from the start of the
  // input.
  ChunkTotals Parse(const Chunk& chunk, RecordSink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::ingest
