// Any bytes through the log reader: it must not fail, and where chunks are cut must not change the records.
// The paths by hand must agree with the grammar.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "daemon/ingest/chunk.h"
#include "daemon/ingest/denial_message.h"
#include "daemon/ingest/log_line.h"
#include "daemon/ingest/plain_line.h"

namespace {

using namespace sbtune;

// One record as text, for comparing.
std::string Show(const access::RecordView& record, std::uint64_t lines_before) {
  const auto text = [](const std::optional<std::string_view>& view) {
    return view ? "=" + std::string(*view) : std::string("-");
  };
  std::string out(access::Name(record.kind));
  for (const auto& view : {record.process, record.operation, record.target, record.tag})
    out += '|' + text(view);
  for (const std::uint64_t number :
       {std::uint64_t{record.ambiguous}, std::uint64_t{record.platform_policy}, record.line + lines_before,
        record.offset, record.duplicates, static_cast<std::uint64_t>(record.pid.value_or(-7)),
        static_cast<std::uint64_t>(record.errno_number.value_or(-7)),
        static_cast<std::uint64_t>(record.time_ns.value_or(-7)), record.identity_low, record.identity_high,
        static_cast<std::uint64_t>(record.identity_kind), static_cast<std::uint64_t>(record.provenance)}) {
    out += '|' + std::to_string(number);
  }
  return out;
}

class Collector final : public ingest::RecordSink {
 public:
  void OnRecord(const access::RecordView& record) override { shown.push_back(Show(record, lines_before)); }
  std::vector<std::string> shown;
  std::uint64_t lines_before = 0;
};

std::vector<std::string> Parse(const std::string& bytes, std::size_t chunk_bytes) {
  ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(bytes, chunk_bytes);
  ingest::ChunkParser parser(ingest::OtherRecords::kReport);
  ingest::Chunk chunk;
  Collector collector;
  for (;;) {
    const base::Result<bool> more = reader.Next(chunk);
    SBTUNE_ASSERT(more.has_value());
    if (!*more) break;
    collector.lines_before += parser.Parse(chunk, collector).lines;
  }
  collector.shown.push_back(std::to_string(collector.lines_before));
  return collector.shown;
}

void RequireEqual(const std::vector<std::string>& whole, const std::vector<std::string>& cut,
                  std::size_t chunk_bytes) {
  if (whole == cut) return;
  std::fprintf(stderr, "chunks of %zu bytes:\n", chunk_bytes);
  for (std::size_t i = 0; i < std::max(whole.size(), cut.size()); ++i) {
    const std::string one = i < whole.size() ? whole[i] : "nothing",
                      other = i < cut.size() ? cut[i] : "nothing";
    if (one != other) std::fprintf(stderr, "whole: %s\ncut:   %s\n", one.c_str(), other.c_str());
  }
  std::abort();
}

void ComparePaths(std::string_view line) {
  ingest::DenialReader denials;
  for (const ingest::Grammar grammar :
       {ingest::Grammar::kRecord, ingest::Grammar::kLine, ingest::Grammar::kQuote}) {
    access::RecordView plain, full;
    if (!denials.ReadPlainDenial(line, plain)) break;
    SBTUNE_ASSERT(denials.ReadByGrammar(line, grammar, full));
    SBTUNE_ASSERT(Show(plain, 0) == Show(full, 0));
  }
  ingest::PlainLineReader plain_lines;
  ingest::LogLine plain;
  if (!plain_lines.Read(line, plain)) return;
  std::string scratch;
  const ingest::LogLine full = ingest::ReadLogLine(line, scratch);
  SBTUNE_ASSERT(plain.message == full.message && plain.header == full.header &&
                plain.emitter == full.emitter);
  SBTUNE_ASSERT(plain.dated == full.dated && plain.ambiguous == full.ambiguous &&
                plain.time_ns == full.time_ns);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> whole = Parse(bytes, bytes.size() + 1);
  for (const std::size_t chunk_bytes : {std::size_t{1}, std::size_t{13}, std::size_t{100}, size / 2 + 1}) {
    RequireEqual(whole, Parse(bytes, chunk_bytes), chunk_bytes);
  }
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::string_view line = std::string_view(bytes).substr(at, end - at);
    ComparePaths(line);
    if (const std::size_t message = line.find("Sandbox: "); message != std::string_view::npos)
      ComparePaths(line.substr(message));
    at = end + 1;
  }
  return 0;
}
