#include "cli/run_session.h"

#include <poll.h>

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "cli/canary_file.h"
#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::cli {
namespace {

constexpr std::int64_t kAttachLimitNs = 20 * base::kSecondNs;
constexpr std::int64_t kCanaryLimitNs = 10 * base::kSecondNs;
constexpr std::int64_t kBackfillLimitNs = 15 * base::kSecondNs;
constexpr int kShowAttempts = 3;
constexpr std::int64_t kObserveNs = 50 * base::kMillisecondNs;  // between two looks at the process table

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

RunSession::RunSession(const config::Config& config, std::string sandbox_exec, base::SignalPipe& signals)
    : sandbox_exec_(std::move(sandbox_exec)),
      signals_(signals),
      heartbeats_(live::MakeSystemHeartbeat()),
      table_(tracing::SystemProcessTable()) {
  settings_.tool = {config.tool, config.level};
  if (!config.heartbeat_file.empty()) heartbeats_ = std::make_unique<live::FileHeartbeat>(config.heartbeat_file);
  // Somebody waits for the report.
  settings_.show_pause_ns = base::kSecondNs / 2;
  settings_.show_attempts = kShowAttempts;
  settings_.heartbeat_ns = std::min(settings_.heartbeat_ns, config.heartbeat_ms * base::kMillisecondNs);
  source_ = std::make_unique<live::LiveSource>(settings_, live::Parts{launcher_, *heartbeats_, clock_, {}});
}

void RunSession::Look(live::LiveEvent& event) {
  if (const auto* state = std::get_if<live::State>(&event)) {
    state_ = *state;
    if (records_ != nullptr && state->kind != live::StateKind::kLive) doubts_.push_back("the log stream broke off: " + state->reason);
  }
  if (const auto* gap = std::get_if<live::GapFound>(&event); gap != nullptr && records_ != nullptr) {
    gaps_[gap->id] = gap->gap;
  }
  if (const auto* settled = std::get_if<live::GapSettled>(&event); settled != nullptr && gaps_.contains(settled->id)) {
    gaps_[settled->id].repair = settled->repair;
  }
  auto* lines = std::get_if<live::Lines>(&event);
  if (lines == nullptr) return;
  for (const protocol::LiveRecord& record : parser_.Parse(std::move(lines->bytes))) {
    if (!awaited_.empty() && record.target == awaited_ && record.provenance == access::Provenance::kKernel) {
      awaited_.clear();
    }
    if (records_ != nullptr) records_->Add(record, clock_.WallNs());
  }
}

void RunSession::Turn(std::int64_t wait_ns) {
  pollfd waits[2] = {{source_->ready_fd(), POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}};
  ::poll(waits, 2, static_cast<int>(wait_ns / base::kMillisecondNs));
  for (const int number : signals_.Take()) {
    if (number == SIGCHLD) continue;
    if (job_ && !job_->ended()) {
      job_->Forward(number);
      forwarded_ = forwarded_ || (number != SIGUSR1 && number != SIGUSR2);
    } else {
      interrupted_ = number;
    }
  }
  source_->Take(events_);
  for (live::LiveEvent& event : events_) Look(event);
  events_.clear();
}

base::Status RunSession::Attach() {
  source_->Start(std::nullopt, {});
  const std::int64_t deadline_ns = clock_.MonotonicNs() + kAttachLimitNs;
  while (state_.kind != live::StateKind::kLive) {
    if (interrupted_ != 0) return base::Fail("interrupted before the command was started");
    if (state_.kind == live::StateKind::kUnavailable) return base::Fail(state_.reason);
    if (clock_.MonotonicNs() >= deadline_ns) {
      return base::Fail(fmt::format("the log stream was not attached in time ({}); see `sbtune doctor`", state_.reason));
    }
    Turn(100 * base::kMillisecondNs);
  }
  if (base::Status sung = SingCanary(kCanaryLimitNs); !sung) return sung;
  return {};
}

base::Status RunSession::SingCanary(std::int64_t limit_ns) {
  const CanaryFile canary;
  const base::Result<std::string> literal = sbpl::StringLiteral(canary.path());
  if (canary.path().empty() || !literal) return base::Fail("cannot make a file in the temporary folder; check TMPDIR");
  canaries_.push_back(canary.path());
  awaited_ = canary.path();
  const std::string profile = fmt::format("(version 1)(allow default)(deny file-read-data (literal {}))", *literal);
  auto process = launcher_.Spawn({.argv = {sandbox_exec_, "-p", profile, "/bin/cat", canary.path()}, .err = base::Stdio::kPipe});
  if (!process) return std::unexpected(process.error());
  std::string complaint;
  const std::int64_t deadline_ns = clock_.MonotonicNs() + limit_ns;
  while (!awaited_.empty()) {
    if (interrupted_ != 0) return base::Fail("interrupted while waiting for the log");
    if (clock_.MonotonicNs() >= deadline_ns) {
      return base::Fail("the denial that was provoked did not come through the log; see `sbtune doctor`");
    }
    base::ReadAvailable((*process)->err(), complaint, 4096);
    const auto status = (*process)->Poll();
    if (status && *status == base::ExitStatus{}) return base::Fail("sandbox-exec did not deny what its profile denies");
    if (status && *status != base::ExitStatus{.code = 1, .signal = 0}) {
      base::ReadAvailable((*process)->err(), complaint, 4096);
      return base::Fail(fmt::format("sandbox-exec cannot be used here ({}: {}); inside another sandbox it never can",
                                    base::Describe(*status), FirstLine(complaint)));
    }
    Turn(20 * base::kMillisecondNs);
  }
  return {};
}

void RunSession::Watch(tracing::ProcessTree& tree) {
  std::int64_t next_ns = 0;
  while (!job_->Poll()) {
    if (clock_.MonotonicNs() >= next_ns) {
      const std::vector<tracing::ProcessSighting> table = table_->Read();
      if (!table.empty()) tree.Observe(table, clock_.WallNs());
      next_ns = clock_.MonotonicNs() + kObserveNs;
    }
    Turn(std::max<std::int64_t>(next_ns - clock_.MonotonicNs(), base::kMillisecondNs));
  }
}

// Gaps are read again with `log show`; what that brings belongs to the record.
void RunSession::AwaitBackfill() {
  const std::int64_t deadline_ns = clock_.MonotonicNs() + kBackfillLimitNs;
  const auto pending = [&] {
    return std::ranges::any_of(gaps_, [](const auto& entry) { return entry.second.repair == live::Repair::kPending; });
  };
  while (pending() && interrupted_ == 0 && clock_.MonotonicNs() < deadline_ns) Turn(50 * base::kMillisecondNs);
}

std::vector<std::string> RunSession::Doubts(const tracing::RunFindings& found, std::size_t alive) {
  std::vector<std::string> doubts = std::move(doubts_);
  for (const auto& [id, gap] : gaps_) {
    if (gap.repair == live::Repair::kBackfilled) continue;
    doubts.push_back(fmt::format("the log has a gap ({}; {})", live::Name(gap.reason), live::Name(gap.repair)));
  }
  if (found.overflow > 0) doubts.push_back(fmt::format("{} denials were more than is kept", found.overflow));
  if (alive > 0) {
    doubts.push_back(fmt::format("{} of its processes still run; what they do from now on is not recorded", alive));
  }
  return doubts;
}

base::Result<RunAttempt> RunSession::Execute(const tracing::JobSpec& spec, const std::string& nonce) {
  RunAttempt attempt;
  attempt.begin_ns = clock_.WallNs();
  doubts_.clear();
  gaps_.clear();
  job_.reset();
  if (interrupted_ != 0) return base::Fail("interrupted before the command was started");
  base::Result<tracing::ForegroundJob> job = tracing::ForegroundJob::Start(spec);
  if (!job) return std::unexpected(job.error());
  job_.emplace(std::move(*job));
  tracing::ProcessTree tree(job_->pid(), attempt.begin_ns);
  tracing::RunRecords records(nonce, tree);
  records_ = &records;
  Watch(tree);
  attempt.status = *job_->Poll();
  if (const auto table = table_->Read(); !table.empty()) {
    tree.Observe(table, clock_.WallNs());
  } else {
    doubts_.push_back("the system does not list its processes, so only marked denials are told apart");
  }
  const base::Status closed = SingCanary(kCanaryLimitNs);
  if (!closed) doubts_.push_back(closed.error().message);
  AwaitBackfill();
  records_ = nullptr;
  awaited_.clear();
  attempt.found = std::move(records).Finish(canaries_);
  attempt.processes = tree.seen();
  attempt.doubts = Doubts(attempt.found, tree.alive());
  return attempt;
}

}  // namespace sbtune::cli
