#include "daemon/pipeline/live_recorder.h"

#include <algorithm>
#include <unordered_set>

#include "sql/store/key_run.h"

namespace sbtune::pipeline {
namespace {

constexpr std::size_t kRecentBytes = 512u << 10;  // of one commit; in a flood only the newest are kept one by one
constexpr int kPendingGaps = 1000;

protocol::GapEvent ToEvent(const live::Gap& gap) {
  return {gap.from_ns, gap.to_ns, std::string(live::Name(gap.reason)), std::string(live::Name(gap.repair)),
          gap.lost_lines};
}

std::string DayOf(std::int64_t wall_ns) { return protocol::FormatTime(wall_ns).substr(0, 10); }

}  // namespace

// What one call to Record gathers before anything is committed.
struct LiveRecorder::Work final : ingest::RecordSink {
  explicit Work(store::Evidence& all) : evidence(all) {}
  void OnRecord(const access::RecordView& record) override {
    if (record.identity_kind != access::IdentityKind::kEvent) {
      ++unknown;
      return;
    }
    evidence.Add(record);
    read.push_back({store::MakeKey(record.identity_low, record.identity_high, record.identity_kind),
                    protocol::Own(record)});
  }

  struct Read {
    std::uint64_t key = 0;
    protocol::LiveRecord record;
  };
  store::Evidence& evidence;
  std::vector<Read> read;
  std::uint64_t unknown = 0;
  std::vector<live::GapFound> found;
  std::vector<live::GapSettled> settled;
  std::optional<live::ResumePoint> point;
  std::map<std::uint64_t, KnownGap> gaps;  // as LiveRecorder::gaps_ will be
  Recorded result;
};

LiveRecorder::LiveRecorder(store::Store& store, const base::Clock& clock, RecorderSettings settings)
    : store_(store), clock_(clock), settings_(std::move(settings)), recent_records_(settings_.recent_records), book_(store, kLiveSource) {}

base::Result<LiveResume> LiveRecorder::Resume() {
  const base::Result<std::optional<store::Cursor>> cursor = book_.LoadCursor();
  if (!cursor) return std::unexpected(cursor.error());
  const auto pending = book_.GapsWith(live::Name(live::Repair::kPending), kPendingGaps);
  if (!pending) return std::unexpected(pending.error());
  const base::Result<std::uint64_t> seq = book_.LastSeq();
  if (!seq) return std::unexpected(seq.error());
  totals_.last_seq = *seq;
  LiveResume resume;
  gaps_.clear();
  if (*cursor) resume.point = live::ResumePoint{(*cursor)->time_ns, (*cursor)->proof};
  for (const store::StoredGap& stored : *pending) {
    const live::Gap gap{stored.from_ns, stored.to_ns,
                        live::GapReasonFromName(stored.reason).value_or(live::GapReason::kNotRunning),
                        live::Repair::kPending, stored.lost_lines};
    resume.pending.push_back(gap);
    gaps_[resume.pending.size()] = {stored.id, gap};
  }
  return resume;
}

// A run a day: the more days show a denial, the surer a suggestion.
store::Import& LiveRecorder::CurrentImport() {
  const std::int64_t now_ns = clock_.WallNs();
  const std::string day = DayOf(now_ns);
  if (!import_ || day != import_day_) {
    store::Run run{.name = "live-" + day};
    if (!settings_.host.empty()) {
      run.name += "@" + settings_.host;
      run.host = settings_.host;
    }
    import_ = store::Import::Into(store_, run, store::kLiveImport, now_ns, store::Memory::kSmall);
    import_day_ = day;
  }
  return *import_;
}

base::Result<Recorded> LiveRecorder::Record(std::span<const live::LiveEvent> events) {
  evidence_.Begin(1);
  Work work(evidence_);
  work.gaps = gaps_;
  for (const live::LiveEvent& event : events) {
    if (const auto* lines = std::get_if<live::Lines>(&event)) Read(*lines, work);
    if (const auto* found = std::get_if<live::GapFound>(&event)) work.found.push_back(*found);
    if (const auto* settled = std::get_if<live::GapSettled>(&event)) work.settled.push_back(*settled);
    if (const auto* progress = std::get_if<live::Progress>(&event)) work.point = progress->point;
    if (const auto* state = std::get_if<live::State>(&event)) {
      work.result.states.push_back({std::string(live::Name(state->kind)), state->reason});
    }
  }
  evidence_.Seal(scratch_);
  const bool steers = !work.found.empty() || !work.settled.empty() || work.point;
  if (evidence_.size() > 0 || steers) {
    store::Evidence* const batch[] = {&evidence_};
    const store::CommitHooks hooks{
        .on_admitted = [&](const store::Evidence& evidence,
                           std::span<const std::uint8_t> is_new) { Choose(evidence, is_new, work); },
        .in_transaction = [&] { return Keep(work); }};
    const std::uint64_t known_before = import_ ? CurrentImport().totals().already_known : 0;
    if (base::Status done = CurrentImport().Commit(batch, hooks); !done) {
      import_.reset();  // what it remembers may have been rolled back
      return std::unexpected(done.error());
    }
    const std::uint64_t known = CurrentImport().totals().already_known;
    totals_.already_known += known >= known_before ? known - known_before : known;
    ++totals_.commits;
  }
  totals_.read += evidence_.counts();
  totals_.unknown += work.unknown;
  totals_.last_seq += work.result.records.size();
  if (evidence_.last_ns() != store::kNoTime) totals_.last_record_ns = evidence_.last_ns();
  gaps_ = std::move(work.gaps);
  return std::move(work.result);
}

base::Result<store::Pruned> LiveRecorder::Prune(const store::Retention& retention) {
  return store::Prune(store_, retention, clock_.WallNs());
}

void LiveRecorder::Read(const live::Lines& lines, Work& work) {
  ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(lines.bytes);
  ingest::Chunk chunk;
  for (base::Result<bool> more = reader.Next(chunk); more && *more; more = reader.Next(chunk)) {
    parser_.Parse(chunk, work);
  }
}

// The records that count, numbered in the order of the log, without repetitions.
void LiveRecorder::Choose(const store::Evidence& evidence, std::span<const std::uint8_t> is_new, Work& work) {
  std::unordered_set<std::uint64_t> keys;
  if (!is_new.empty()) {
    for (std::size_t i = 0; i < evidence.size(); ++i) {
      if (is_new[i] != 0) keys.insert(evidence.entries()[i].key);
    }
  }
  for (Work::Read& read : work.read) {
    if (!is_new.empty() && keys.erase(read.key) == 0) continue;
    if (twins_.IsRepetition(read.record)) continue;
    read.record.seq = totals_.last_seq + work.result.records.size() + 1;
    work.result.records.push_back(std::move(read.record));
  }
}

base::Status LiveRecorder::Keep(Work& work) {
  if (base::Status done = KeepGaps(work); !done) return done;
  if (base::Status done = KeepRecent(work); !done) return done;
  if (!work.point) return {};
  return book_.KeepCursor({work.point->wall_ns, work.point->heartbeat}, clock_.WallNs());
}

base::Status LiveRecorder::KeepGaps(Work& work) {
  for (const live::GapFound& found : work.found) {
    const protocol::GapEvent event = ToEvent(found.gap);
    const base::Result<std::int64_t> id =
        book_.AddGap({0, event.from_ns, event.to_ns, event.reason, event.repair, event.lost_lines});
    if (!id) return std::unexpected(id.error());
    work.result.gaps.push_back(event);
    if (found.gap.repair == live::Repair::kPending) work.gaps[found.id] = {*id, found.gap};
  }
  for (const live::GapSettled& settled : work.settled) {
    const auto known = work.gaps.find(settled.id);
    if (known == work.gaps.end()) continue;
    if (base::Status done = book_.SettleGap(known->second.id, live::Name(settled.repair)); !done) return done;
    known->second.gap.repair = settled.repair;
    work.result.gaps.push_back(ToEvent(known->second.gap));
    work.gaps.erase(known);
  }
  return {};
}

base::Status LiveRecorder::KeepRecent(Work& work) {
  const std::vector<protocol::LiveRecord>& records = work.result.records;
  const std::uint64_t keep = recent_records_;
  if (records.empty() || keep == 0) return {};
  std::vector<std::string> lines;  // newest first
  std::size_t bytes = 0;
  std::int64_t high_ns = 0;
  for (auto record = records.rbegin(); record != records.rend() && bytes < kRecentBytes; ++record) {
    std::string& line = lines.emplace_back();
    protocol::AppendJson(line, *record);
    line += '\n';
    bytes += line.size();
    high_ns = std::max(high_ns, record->time_ns.value_or(0));
  }
  std::string data;
  data.reserve(bytes);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) data += *line;
  const std::uint64_t last = records.back().seq;
  return book_.AddRecent(last - lines.size() + 1, last, high_ns, data, keep);
}

}  // namespace sbtune::pipeline
