#include "daemon/pipeline/import_log.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/ingest/place_hash.h"
#include "sql/store/evidence.h"

namespace sbtune::pipeline {
namespace {

constexpr std::size_t kMaxWorkers = 8;

class FoldingSink final : public ingest::RecordSink {
 public:
  explicit FoldingSink(store::Evidence& evidence) : evidence_(evidence) {}
  void OnRecord(const access::RecordView& record) override { evidence_.Add(record); }

 private:
  store::Evidence& evidence_;
};

std::uint64_t HashTo(const ingest::Chunk& chunk, std::size_t end) {
  return ingest::PlaceHash(chunk.prefix_hash).UpTo(chunk.bytes, end).low;
}

// Shared by the workers. `input_mutex_` guards the reader, `mutex_` all the rest; neither is held while parsing or
// while the database works.
class Importer {
 public:
  Importer(ingest::ChunkReader& reader, store::Import& import, const base::Clock& clock, const ImportOptions& options,
           const std::function<void(const ImportProgress&)>& on_progress)
      : reader_(reader), import_(import), clock_(clock), options_(options), on_progress_(on_progress),
        total_bytes_(reader.total_bytes()), last_commit_ns_(clock.MonotonicNs()) {}

  [[nodiscard]] base::Result<LogSummary> Run();

 private:
  using Batch = std::vector<std::unique_ptr<store::Evidence>>;

  void Work();
  bool Take(ingest::Chunk& chunk);
  std::unique_ptr<store::Evidence> FreshEvidence();
  void Deliver(std::unique_ptr<store::Evidence> evidence, const ingest::ChunkTotals& totals);
  void StorePending(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] base::Status Store(const Batch& batch);
  void NoteEnd(const ingest::Chunk& last);
  [[nodiscard]] bool IsCommitDue() const;

  ingest::ChunkReader& reader_;
  store::Import& import_;
  const base::Clock& clock_;
  const ImportOptions options_;
  const std::function<void(const ImportProgress&)>& on_progress_;
  const std::uint64_t total_bytes_;

  std::mutex input_mutex_;
  std::optional<std::uint64_t> origin_;  // hash of the first line
  InputKind kind_if_empty_ = InputKind::kLog;

  std::mutex mutex_;
  std::condition_variable stored_;
  Batch pending_;
  Batch spare_;
  std::size_t pending_bytes_ = 0;
  bool storing_ = false;  // by one worker, without the mutex; `import_` and `last_commit_ns_` are its alone
  std::int64_t last_commit_ns_;
  std::optional<base::Error> error_;
  LogSummary summary_;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t digest_ = 0;
};

bool Importer::Take(ingest::Chunk& chunk) {
  const std::scoped_lock lock(input_mutex_);
  base::Result<bool> more = reader_.Next(chunk);
  if (more && *more && !origin_) {
    origin_ = HashTo(chunk, std::min(chunk.bytes.find('\n'), chunk.bytes.size()));
    kind_if_empty_ = KindWithoutRecords(chunk.bytes);
  }
  const std::scoped_lock state_lock(mutex_);
  bytes_read_ = reader_.bytes_read();
  if (!more && !error_) error_ = more.error();
  return more && *more && !error_;
}

void Importer::Work() {
  ingest::ChunkParser parser;
  ingest::Chunk chunk;
  ingest::Chunk previous;  // kept, because only the next Take tells that it was the last
  std::vector<store::Entry> scratch;
  while (Take(chunk)) {
    std::unique_ptr<store::Evidence> evidence = FreshEvidence();
    evidence->Begin(*origin_);
    FoldingSink sink(*evidence);
    const ingest::ChunkTotals totals = parser.Parse(chunk, sink);
    evidence->Seal(scratch);
    Deliver(std::move(evidence), totals);
    std::swap(chunk, previous);
  }
  NoteEnd(previous);
}

std::unique_ptr<store::Evidence> Importer::FreshEvidence() {
  const std::scoped_lock lock(mutex_);
  if (spare_.empty()) return std::make_unique<store::Evidence>();
  std::unique_ptr<store::Evidence> evidence = std::move(spare_.back());
  spare_.pop_back();
  return evidence;
}

// A pipe may stay silent for long: nothing is kept open while waiting for it.
bool Importer::IsCommitDue() const {
  return clock_.MonotonicNs() - last_commit_ns_ >= options_.commit_ns || total_bytes_ == 0 || import_.ShouldCommit();
}

void Importer::Deliver(std::unique_ptr<store::Evidence> evidence, const ingest::ChunkTotals& totals) {
  std::unique_lock lock(mutex_);
  summary_.lines += totals.lines;
  summary_.skipped += totals.skipped;
  records_ += evidence->size();
  pending_bytes_ += evidence->memory();
  pending_.push_back(std::move(evidence));
  if (on_progress_) on_progress_({bytes_read_, total_bytes_, records_});
  // While one worker stores, the others go on until a second batch is full.
  stored_.wait(lock, [this] { return !storing_ || pending_bytes_ < options_.batch_bytes; });
  if (!storing_ && pending_bytes_ >= options_.batch_bytes) StorePending(lock);
}

void Importer::StorePending(std::unique_lock<std::mutex>& lock) {
  if (error_ || pending_.empty()) return;
  storing_ = true;
  Batch batch = std::exchange(pending_, {});
  pending_bytes_ = 0;
  lock.unlock();
  const base::Status done = Store(batch);
  lock.lock();
  if (!done && !error_) error_ = done.error();
  std::move(batch.begin(), batch.end(), std::back_inserter(spare_));
  storing_ = false;
  stored_.notify_all();
}

base::Status Importer::Store(const Batch& batch) {
  std::vector<store::Evidence*> evidence;
  for (const auto& part : batch) evidence.push_back(part.get());
  if (base::Status added = import_.Add(evidence); !added || !IsCommitDue()) return added;
  base::Status done = import_.Commit();
  last_commit_ns_ = clock_.MonotonicNs();
  return done;
}

void Importer::NoteEnd(const ingest::Chunk& last) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t end = last.offset + last.bytes.size();
  if (end < summary_.bytes) return;
  summary_.bytes = end;
  digest_ = HashTo(last, last.bytes.size());
}

base::Result<LogSummary> Importer::Run() {
  const std::size_t cores = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  const std::size_t workers = std::min(options_.workers == 0 ? cores : options_.workers, kMaxWorkers);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < workers; ++i) threads.emplace_back([this] { Work(); });
    Work();
  }
  std::unique_lock lock(mutex_);
  StorePending(lock);
  if (!error_) {
    if (const base::Status done = import_.Commit(); !done) error_ = done.error();
  }
  if (error_) return std::unexpected(*error_);
  if (records_ == 0) summary_.kind = kind_if_empty_;
  if (summary_.kind != InputKind::kLog) return summary_;
  const base::Status done =
      import_.Finish({.finished_ns = clock_.WallNs(), .bytes = summary_.bytes, .digest = digest_});
  if (!done) return std::unexpected(done.error());
  summary_.totals = import_.totals();
  return summary_;
}

}  // namespace

base::Result<LogSummary> ImportLog(ingest::ChunkReader& reader, store::Import& import, const base::Clock& clock,
                                   const ImportOptions& options,
                                   const std::function<void(const ImportProgress&)>& on_progress) {
  return Importer(reader, import, clock, options, on_progress).Run();
}

}  // namespace sbtune::pipeline
