// Log lines -> records, for watching without a daemon. Private to the command.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

#include "daemon/ingest/chunk.h"
#include "daemon/pipeline/twin_filter.h"
#include "daemon/protocol/record.h"

namespace sbtune::cli {

class LineParser {
 public:
  // Records of whole lines: each event once (the stream and a back-fill may both bring it), no repetitions by
  // sandboxd.
  [[nodiscard]] std::vector<protocol::LiveRecord> Parse(std::string bytes);
  // The same for a chunk of a file.
  [[nodiscard]] std::vector<protocol::LiveRecord> Parse(const ingest::Chunk& chunk);
  // Lines left out for their length so far.
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  struct Sink;
  ingest::ChunkParser parser_;
  pipeline::TwinFilter twins_;
  std::unordered_set<std::uint64_t> met_;
  std::uint64_t skipped_ = 0;
  std::deque<std::uint64_t> met_order_;  // the oldest is forgotten first
};

}  // namespace sbtune::cli
