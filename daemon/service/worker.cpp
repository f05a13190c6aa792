#include "daemon/service/worker.h"

#include <poll.h>

#include <algorithm>

#include <fmt/format.h>

namespace sbtune::service {
namespace {

constexpr std::size_t kBatchBytes = 2u << 20;
constexpr int kRetryMs = 500;
// Transactions begin no closer to each other than this: each rewrites the same few pages, however few records it
// brings. A record that comes alone does not wait.
constexpr std::int64_t kSpacingNs = 5 * base::kMillisecondNs;
constexpr std::int64_t kPruneEveryNs = 3600 * base::kSecondNs;
// The child gets so much of the time in which we have to stop; the rest is for storing.
constexpr std::int64_t kDrainNs = base::kSecondNs;

}  // namespace

Worker::Worker(pipeline::LiveRecorder& recorder, Outbox& outbox, StatusBoard& board, base::Log& log,
               const base::Clock& clock)
    : recorder_(recorder), outbox_(outbox), board_(board), log_(log), clock_(clock) {
  base::Result<base::Pipe> pipe = base::MakePipe();
  SBTUNE_ASSERT(pipe.has_value());
  wake_ = std::move(*pipe);
}

Worker::~Worker() { Stop(0); }

void Worker::Start(const WorkerSettings& settings) {
  settings_ = settings;
  if (settings.heartbeat_file.empty()) {
    heartbeats_ = live::MakeSystemHeartbeat();
  } else {
    heartbeats_ = std::make_unique<live::FileHeartbeat>(settings.heartbeat_file);
  }
  source_ = std::make_unique<live::LiveSource>(settings.source, live::Parts{launcher_, *heartbeats_, clock_, {}});
  stop_by_ns_ = 0;
  pipeline::LiveResume resume;
  if (base::Result<pipeline::LiveResume> read = recorder_.Resume()) {
    resume = std::move(*read);
  } else {
    log_.Error("cannot read where the last run ended, so what was logged since is not read again: " + read.error().message);
  }
  outbox_.SetLastSeq(recorder_.totals().last_seq);
  source_->Start(std::move(resume.point), std::move(resume.pending));
  thread_ = std::thread([this] { Run(*source_); });
}

void Worker::Stop(std::int64_t limit_ns) {
  if (!thread_.joinable()) return;
  stop_by_ns_ = clock_.MonotonicNs() + std::max<std::int64_t>(limit_ns, 1);
  (void)base::WriteAvailable(wake_.write_end.get(), "s");
  source_->Stop(std::min(limit_ns, kDrainNs));
  thread_.join();
  std::string ignored;
  base::ReadAvailable(wake_.read_end.get(), ignored, 16);
  source_.reset();
}

void Worker::Continue(const WorkerSettings& settings) {
  if (source_ && settings == settings_) return source_->Retry();
  Stop(4 * base::kSecondNs);
  Start(settings);
}

void Worker::Run(live::LiveSource& source) {
  std::vector<live::LiveEvent> events;
  std::int64_t begun_ns = clock_.MonotonicNs() - kSpacingNs;
  for (;;) {
    pollfd wait = {source.ready_fd(), POLLIN, 0};
    ::poll(&wait, 1, -1);
    const std::int64_t early_ns = begun_ns + kSpacingNs - clock_.MonotonicNs();
    if (early_ns > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(early_ns));
    begun_ns = clock_.MonotonicNs();
    events.clear();
    const bool more = source.Take(events, kBatchBytes);
    if (!events.empty() && !Store(events)) return;  // the resume point stands before what was not stored
    PruneIfDue(events);
    if (!more) return;
    const std::int64_t stop_by_ns = stop_by_ns_;
    if (stop_by_ns != 0 && clock_.MonotonicNs() >= stop_by_ns) {
      log_.Warning("not all of the log was stored in time; the rest is read again at the next start");
      return;
    }
  }
}

// False: it could not be done before the time to stop came.
bool Worker::Store(std::vector<live::LiveEvent>& events) {
  std::string last_error;
  for (;;) {
    base::Result<pipeline::Recorded> recorded = recorder_.Record(events);
    if (recorded) {
      if (!last_error.empty()) log_.Info("the denials can be stored again");
      const std::uint64_t count = recorded->records.size();
      board_.Update([&](Status& status) {
        status.store_error.clear();
        status.records = recorder_.totals();
        status.minute.Add(count, clock_.MonotonicNs());
      });
      outbox_.Put(std::move(*recorded), recorder_.totals().last_seq);
      Note(events);
      return true;
    }
    if (recorded.error().message != last_error) {
      last_error = recorded.error().message;
      log_.Error("cannot store denials: " + last_error);
      board_.Update([&](Status& status) { status.store_error = last_error; });
    }
    const std::int64_t stop_by_ns = stop_by_ns_;
    if (stop_by_ns != 0 && clock_.MonotonicNs() + kRetryMs * base::kMillisecondNs >= stop_by_ns) return false;
    pollfd wait = {wake_.read_end.get(), POLLIN, 0};
    ::poll(&wait, stop_by_ns == 0 ? 1 : 0, kRetryMs);
  }
}

void Worker::Note(const std::vector<live::LiveEvent>& events) {
  const std::int64_t now_ns = clock_.WallNs();
  board_.Update([&](Status& status) {
    for (const live::LiveEvent& event : events) {
      if (const auto* state = std::get_if<live::State>(&event)) {
        status.state = *state;
        status.state_since_ns = now_ns;
      } else if (const auto* progress = std::get_if<live::Progress>(&event)) {
        status.last_proof_ns = progress->point.wall_ns;
        status.latency_ns = progress->latency_ns;
      } else if (const auto* found = std::get_if<live::GapFound>(&event)) {
        ++status.gaps_found;
        status.gaps_open += found->gap.repair == live::Repair::kPending;
        status.lost_lines += found->gap.lost_lines;
      } else if (std::holds_alternative<live::GapSettled>(event)) {
        status.gaps_open -= status.gaps_open > 0 ? 1 : 0;
      }
    }
  });
  for (const live::LiveEvent& event : events) {
    if (const auto* state = std::get_if<live::State>(&event)) LogState(*state);
    if (const auto* found = std::get_if<live::GapFound>(&event)) {
      log_.Warning(fmt::format("gap from {} to {}: {}", protocol::FormatTime(found->gap.from_ns),
                               protocol::FormatTime(found->gap.to_ns), live::Name(found->gap.reason)));
    }
    if (const auto* settled = std::get_if<live::GapSettled>(&event)) {
      log_.Info(fmt::format("gap {} of this run: {}", settled->id, live::Name(settled->repair)));
    }
  }
}

void Worker::SetRetention(const store::Retention& retention) {
  keep_days_ = retention.keep_days;
  keep_bytes_ = retention.keep_bytes;
  next_prune_ns_ = 0;
}

// With a marker that came back, so that an idle machine is not woken for it.
void Worker::PruneIfDue(const std::vector<live::LiveEvent>& events) {
  const bool progress = std::any_of(events.begin(), events.end(), [](const live::LiveEvent& event) {
    return std::holds_alternative<live::Progress>(event);
  });
  const std::int64_t now_ns = clock_.MonotonicNs();
  if (!progress || now_ns < next_prune_ns_ || stop_by_ns_ != 0) return;
  next_prune_ns_ = now_ns + kPruneEveryNs;
  const base::Result<store::Pruned> pruned = recorder_.Prune({.keep_days = keep_days_, .keep_bytes = keep_bytes_});
  if (!pruned) return log_.Warning("cannot remove old counts, trying again in an hour: " + pruned.error().message);
  if (pruned->before_ns == 0) return;
  log_.Info(fmt::format("counts before {} were removed: {} of {} kinds", protocol::FormatTime(pruned->before_ns),
                        pruned->counts, pruned->groups));
}

void Worker::LogState(const live::State& state) {
  switch (state.kind) {
    case live::StateKind::kLive: return log_.Info("live: attached to the system's log");
    case live::StateKind::kDegraded: return log_.Warning("degraded: " + state.reason);
    case live::StateKind::kUnavailable: return log_.Error("unavailable: " + state.reason);
  }
}

}  // namespace sbtune::service
