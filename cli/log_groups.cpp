#include "cli/log_groups.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "daemon/ingest/chunk.h"
#include "daemon/pipeline/input_kind.h"

namespace sbtune::cli {
namespace {

using access::RecordKind;
using access::RecordView;

class Grouper final : public ingest::RecordSink {
 public:
  explicit Grouper(std::string run) : run_(std::move(run)) {}

  void OnRecord(const RecordView& record) override {
    ++records_;
    if (record.kind == RecordKind::kOther || !record.operation) return;
    WriteKey(record);
    const auto [entry, fresh] = index_.try_emplace(key_, groups_.size());
    if (fresh) groups_.push_back(Begin(record));
    Count(groups_[entry->second], record);
  }

  [[nodiscard]] std::size_t records() const { return records_; }
  std::vector<access::DenialGroup> Take() { return std::move(groups_); }

 private:
  // Lengths before bytes: a name cannot run into the next part.
  void WriteKey(const RecordView& record) {
    key_.clear();
    const auto part = [&](const std::optional<std::string_view>& bytes) {
      key_ += bytes ? std::to_string(bytes->size()) : "-";
      key_ += ':';
      if (bytes) key_ += *bytes;
    };
    part(record.operation);
    part(record.target);
    part(record.process);
    part(record.tag);
    key_ += static_cast<char>('0' + static_cast<int>(record.action));
    key_ += static_cast<char>('0' + static_cast<int>(record.provenance));
    key_ += record.ambiguous ? 'a' : '-';
    key_ += record.platform_policy ? 'p' : '-';
  }

  access::DenialGroup Begin(const RecordView& record) const {
    access::DenialGroup group;
    group.process = record.process.value_or("");
    group.operation = *record.operation;
    if (record.target) group.target = *record.target;
    group.action = record.action;
    group.provenance = record.provenance;
    group.platform_policy = record.platform_policy;
    group.ambiguous = record.ambiguous;
    if (record.tag) group.tag = *record.tag;
    group.runs = {run_};
    return group;
  }

  static void Count(access::DenialGroup& group, const RecordView& record) {
    if (record.kind == RecordKind::kDuplicate) {
      group.duplicates += record.duplicates;
    } else {
      ++group.count;
    }
    if (!record.time_ns) return;
    group.first_seen_ns = std::min(group.first_seen_ns.value_or(*record.time_ns), *record.time_ns);
    group.last_seen_ns = std::max(group.last_seen_ns.value_or(*record.time_ns), *record.time_ns);
  }

  std::size_t records_ = 0;
  std::string run_;
  std::string key_;  // reused
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<access::DenialGroup> groups_;
};

}  // namespace

base::Result<std::vector<access::DenialGroup>> GroupsOfLog(const std::string& path, std::uint64_t& skipped_lines) {
  base::Result<ingest::ChunkReader> reader = ingest::ChunkReader::Open(path);
  if (!reader) return std::unexpected(reader.error());
  ingest::ChunkParser parser;
  ingest::Chunk chunk;
  Grouper grouper(path);
  std::optional<pipeline::InputKind> kind;
  for (;;) {
    const base::Result<bool> more = reader->Next(chunk);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    if (!kind) kind = pipeline::KindWithoutRecords(chunk.bytes);
    skipped_lines += parser.Parse(chunk, grouper).skipped;
  }
  if (grouper.records() == 0 && kind) {
    if (base::Status silence = pipeline::CheckSilence(path, *kind); !silence) return std::unexpected(silence.error());
  }
  return grouper.Take();
}

}  // namespace sbtune::cli
