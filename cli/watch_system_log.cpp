// Watching without a daemon: this process keeps the log stream itself, and stores nothing (--save keeps the lines).
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "cli/watch_lines.h"
#include "cli/watch_sources.h"
#include "daemon/live/source.h"

namespace sbtune::cli {
namespace {

constexpr std::int64_t kHoldNs = 60 * base::kSecondNs;  // how long live records wait for the backlog before them
constexpr std::size_t kMaxHeld = 100'000;

protocol::GapEvent ToEvent(const live::Gap& gap) {
  return {gap.from_ns, gap.to_ns, std::string(live::Name(gap.reason)), std::string(live::Name(gap.repair)), gap.lost_lines};
}

class Listener {
 public:
  Listener(const WatchOptions& options, WatchOutput& output) : options_(options), output_(output) {}

  [[nodiscard]] base::Status OpenSave();
  // While the backlog is read, live records are held back.
  void HoldUntilBacklog(std::int64_t deadline_ns) { hold_until_ns_ = deadline_ns; }
  void Take(std::vector<live::LiveEvent>& events, std::int64_t now_ns);
  [[nodiscard]] const std::optional<base::Error>& failure() const { return failure_; }

 private:
  void OnLines(live::Lines& lines);
  void Release();

  const WatchOptions& options_;
  WatchOutput& output_;
  LineParser parser_;
  base::Descriptor save_;
  std::vector<protocol::LiveRecord> held_;
  std::int64_t hold_until_ns_ = 0;  // 0: not holding
  std::vector<live::Gap> gaps_;     // by the source's number, from 1
  std::optional<base::Error> failure_;
};

base::Status Listener::OpenSave() {
  if (options_.save.empty()) return {};
  save_ = base::Descriptor(::open(options_.save.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (save_) return {};
  return base::Fail(fmt::format("cannot write {}: {}; name another file with --save", options_.save, std::strerror(errno)));
}

void Listener::OnLines(live::Lines& lines) {
  if (save_ && base::WriteAvailable(save_.get(), lines.bytes) != lines.bytes.size()) {
    failure_ = base::Error{fmt::format("cannot write {}: {}", options_.save, std::strerror(errno))};
  }
  const bool live = lines.origin == live::Origin::kStream;
  for (protocol::LiveRecord& record : parser_.Parse(std::move(lines.bytes))) {
    const bool too_old = !live && options_.since_ns && record.time_ns.value_or(0) < *options_.since_ns;
    if (too_old || !options_.filter.Matches(record)) continue;
    if (live && hold_until_ns_ != 0) {
      held_.push_back(std::move(record));
    } else {
      output_.Show(record);
    }
  }
}

void Listener::Release() {
  hold_until_ns_ = 0;
  for (const protocol::LiveRecord& record : held_) output_.Show(record);
  held_.clear();
}

void Listener::Take(std::vector<live::LiveEvent>& events, std::int64_t now_ns) {
  for (live::LiveEvent& event : events) {
    if (auto* lines = std::get_if<live::Lines>(&event)) OnLines(*lines);
    if (const auto* state = std::get_if<live::State>(&event)) {
      output_.Show(protocol::StateEvent{std::string(live::Name(state->kind)), state->reason});
      if (state->kind == live::StateKind::kUnavailable) failure_ = base::Error{state->reason};
    }
    if (const auto* found = std::get_if<live::GapFound>(&event)) {
      gaps_.push_back(found->gap);
      // The one that begins with --since is the backlog that was asked for.
      if (hold_until_ns_ == 0) output_.Show(ToEvent(found->gap));
    }
    if (const auto* settled = std::get_if<live::GapSettled>(&event)) {
      live::Gap& gap = gaps_.at(settled->id - 1);
      gap.repair = settled->repair;
      const bool backlog = settled->id == 1 && hold_until_ns_ != 0;
      if (!backlog || settled->repair != live::Repair::kBackfilled) output_.Show(ToEvent(gap));
      if (backlog) Release();
    }
  }
  if (hold_until_ns_ != 0 && (now_ns >= hold_until_ns_ || held_.size() > kMaxHeld)) Release();
}

}  // namespace

base::Status WatchSystemLog(const config::Config& config, const WatchOptions& options, base::SignalPipe& signals,
                            WatchOutput& output) {
  live::Settings settings;
  settings.tool = {config.tool, config.level};
  base::SystemLauncher launcher;
  const base::SystemClock clock;
  std::unique_ptr<live::HeartbeatWriter> heartbeats = live::MakeSystemHeartbeat();
  if (!config.heartbeat_file.empty()) heartbeats = std::make_unique<live::FileHeartbeat>(config.heartbeat_file);

  Listener listener(options, output);
  if (base::Status opened = listener.OpenSave(); !opened) return opened;
  live::LiveSource source(settings, {launcher, *heartbeats, clock, {}});
  std::optional<live::ResumePoint> resume;
  if (options.since_ns) {
    resume = live::ResumePoint{*options.since_ns, ""};
    listener.HoldUntilBacklog(clock.MonotonicNs() + kHoldNs);
  }
  source.Start(std::move(resume), {});
  std::vector<live::LiveEvent> events;
  for (;;) {
    pollfd waits[3] = {{source.ready_fd(), POLLIN, 0}, {signals.descriptor(), POLLIN, 0}, {output.pipe(), 0, 0}};
    ::poll(waits, 3, options.since_ns ? 1000 : -1);
    if (waits[1].revents != 0) return {};
    output.Polled(waits[2].revents);
    source.Take(events);
    listener.Take(events, clock.MonotonicNs());
    events.clear();
    output.Flush();
    if (listener.failure()) return std::unexpected(*listener.failure());
    if (output.closed()) return {};
  }
}

}  // namespace sbtune::cli
