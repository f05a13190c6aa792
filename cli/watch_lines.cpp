#include "cli/watch_lines.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kMaxMet = 100'000;

}  // namespace

struct LineParser::Sink final : ingest::RecordSink {
  explicit Sink(LineParser& the_parser) : parser(the_parser) {}
  void OnRecord(const access::RecordView& record) override {
    if (record.identity_kind == access::IdentityKind::kEvent) {
      const std::uint64_t key = record.identity_low ^ (record.identity_high * 0x9E3779B97F4A7C15u);
      if (!parser.met_.insert(key).second) return;
      parser.met_order_.push_back(key);
      if (parser.met_order_.size() > kMaxMet) {
        parser.met_.erase(parser.met_order_.front());
        parser.met_order_.pop_front();
      }
    }
    protocol::LiveRecord owned = protocol::Own(record);
    if (!parser.twins_.IsRepetition(owned)) records.push_back(std::move(owned));
  }
  LineParser& parser;
  std::vector<protocol::LiveRecord> records;
};

std::vector<protocol::LiveRecord> LineParser::Parse(std::string bytes) {
  ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(std::move(bytes));
  ingest::Chunk chunk;
  Sink sink(*this);
  for (base::Result<bool> more = reader.Next(chunk); more && *more; more = reader.Next(chunk)) {
    skipped_ += parser_.Parse(chunk, sink).skipped;
  }
  return std::move(sink.records);
}

std::vector<protocol::LiveRecord> LineParser::Parse(const ingest::Chunk& chunk) {
  Sink sink(*this);
  skipped_ += parser_.Parse(chunk, sink).skipped;
  return std::move(sink.records);
}

}  // namespace sbtune::cli
