#include "daemon/live/source.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <random>

#include "daemon/live/child.h"
#include "daemon/live/preflight.h"
#include "daemon/live/supervisor.h"

namespace sbtune::live {
namespace {

constexpr int kReadsPerTurn = 16;  // then timers and the other child get their turn

}  // namespace

// Lives on the reading thread; only the members of `Orders` and the counters are touched from outside.
class LiveSource::Loop final : public Ports {
 public:
  Loop(const Settings& settings, Parts parts, EventQueue& queue)
      : settings_(settings),
        parts_(std::move(parts)),
        queue_(queue),
        supervisor_(settings_, parts_.clock, *this, ::getpid()),
        namer_(::getpid()) {
    base::Result<base::Pipe> pipe = base::MakePipe();
    SBTUNE_ASSERT(pipe.has_value());
    wake_ = std::move(*pipe);
    SBTUNE_ASSERT(base::SetNonBlocking(wake_.read_end.get()) && base::SetNonBlocking(wake_.write_end.get()));
  }

  void Run(std::optional<ResumePoint> resume, const std::vector<Gap>& pending);

  // From other threads.
  void AskStop(std::int64_t drain_ns) {
    drain_ns_ = drain_ns;
    stop_ = true;
    Wake();
  }
  void AskRetry() {
    retry_ = true;
    Wake();
  }
  void Wake() { (void)base::WriteAvailable(wake_.write_end.get(), "w"); }
  void WakeIfHeldBack() {
    if (held_back_ && HasRoomForShow()) Wake();
  }
  [[nodiscard]] Counters counters() const {
    return {stream_lines_, backfill_lines_, dropped_lines_, overlong_lines_, starts_ > 0 ? starts_ - 1 : 0};
  }

  // Ports.
  std::optional<Failure> Preflight() override {
    return parts_.preflight ? parts_.preflight() : Judge(Inspect(settings_.tool));
  }
  base::Status StartStream() override;
  void StopStream() override { stopped_.push_back(std::move(stream_)); }
  base::Status StartShow(const ShowRange& range, const std::vector<pid_t>& marker_pids) override;
  void StopShow() override { stopped_.push_back(std::move(show_)); }
  std::string NewHeartbeat() override { return namer_.Next(); }
  bool WriteHeartbeat(std::string_view message) override { return parts_.heartbeats.Write(message); }
  std::uint64_t Random() override { return random_(); }
  void Publish(LiveEvent event) override {
    Flush();
    queue_.Push(std::move(event));
  }

 private:
  [[nodiscard]] bool HasRoomForShow() const { return queue_.waiting_bytes() < settings_.queue_bytes / 2; }
  void Turn();
  void Wait();
  void Read(std::unique_ptr<Child>& child);
  void Feed(Child& child, std::string_view bytes);
  void OnLine(Child& child, std::string_view line);
  void Flush();
  void CheckEnd(std::unique_ptr<Child>& child);
  void Drain();

  const Settings& settings_;
  Parts parts_;
  EventQueue& queue_;
  Supervisor supervisor_;
  HeartbeatNamer namer_;
  std::random_device random_;

  std::unique_ptr<Child> stream_, show_;
  std::vector<std::unique_ptr<Child>> stopped_;  // let go of between turns: their lines may still be looked at
  Lines block_;                                  // lines of the child being read that are not yet in the queue

  base::Pipe wake_;
  std::atomic<bool> stop_ = false, retry_ = false, held_back_ = false;
  std::atomic<std::int64_t> drain_ns_ = 0;
  std::atomic<std::uint64_t> stream_lines_ = 0, backfill_lines_ = 0, dropped_lines_ = 0, overlong_lines_ = 0,
                             starts_ = 0;
};

base::Status LiveSource::Loop::StartStream() {
  const std::array<pid_t, 1> own = {::getpid()};
  auto process = parts_.launcher.Spawn(StreamCommand(settings_.tool, own));
  if (!process) return std::unexpected(process.error());
  stream_ = std::make_unique<Child>(std::move(*process), Origin::kStream);
  ++starts_;
  return {};
}

base::Status LiveSource::Loop::StartShow(const ShowRange& range, const std::vector<pid_t>& marker_pids) {
  auto process = parts_.launcher.Spawn(ShowCommand(settings_.tool, range, marker_pids));
  if (!process) return std::unexpected(process.error());
  show_ = std::make_unique<Child>(std::move(*process), Origin::kBackfill);
  return {};
}

void LiveSource::Loop::Run(std::optional<ResumePoint> resume, const std::vector<Gap>& pending) {
  supervisor_.Start(std::move(resume), pending);
  while (!stop_) {
    Wait();
    if (retry_.exchange(false)) supervisor_.Retry();
    Turn();
  }
  Drain();
  supervisor_.Stop();
  stopped_.clear();
  stream_.reset();
  show_.reset();
  queue_.Close();
}

// Sleeps until there is something to read, an order, or the next of the supervisor's times.
void LiveSource::Loop::Wait() {
  // Announced before it is checked: the consumer that makes room in between sees it and wakes us.
  held_back_ = show_ != nullptr;
  const bool read_show = show_ && HasRoomForShow();
  if (read_show) held_back_ = false;
  std::array<pollfd, 5> waits = {{{wake_.read_end.get(), POLLIN, 0},
                                  {stream_ ? stream_->out() : -1, POLLIN, 0},
                                  {stream_ ? stream_->err() : -1, POLLIN, 0},
                                  {read_show ? show_->out() : -1, POLLIN, 0},
                                  {read_show ? show_->err() : -1, POLLIN, 0}}};
  const std::int64_t now_ns = parts_.clock.MonotonicNs();
  std::optional<std::int64_t> next = supervisor_.NextTimerNs();
  for (const std::unique_ptr<Child>* child : {&stream_, &show_}) {
    if (!*child) continue;
    if (const auto look = (*child)->NextLookNs(now_ns)) next = next ? std::min(*next, *look) : *look;
  }
  int timeout_ms = -1;
  if (next) {
    const std::int64_t left_ns = std::max<std::int64_t>(*next - now_ns, 0);
    timeout_ms = static_cast<int>(std::min<std::int64_t>((left_ns + base::kMillisecondNs - 1) / base::kMillisecondNs, 3'600'000));
  }
  ::poll(waits.data(), waits.size(), timeout_ms);
  if (waits[0].revents != 0) {
    std::string ignored;
    base::ReadAvailable(wake_.read_end.get(), ignored, 64);
  }
}

void LiveSource::Loop::Turn() {
  Read(stream_);
  if (show_ && HasRoomForShow()) {
    Read(show_);
  } else if (show_) {
    supervisor_.OnShowHeldBack();
  }
  CheckEnd(stream_);
  CheckEnd(show_);
  supervisor_.OnTimer();
  stopped_.clear();
}

void LiveSource::Loop::Read(std::unique_ptr<Child>& child) {
  if (child && child->err() >= 0) child->ReadErr();
  for (int i = 0; i < kReadsPerTurn && child && child->out() >= 0; ++i) {
    if (child->origin() == Origin::kBackfill && !HasRoomForShow()) return;
    const std::string bytes = child->ReadOut();
    if (bytes.empty()) return;
    Feed(*child, bytes);  // may let go of the child
  }
}

void LiveSource::Loop::Feed(Child& child, std::string_view bytes) {
  child.lines().Append(bytes, [&](std::string_view line) { OnLine(child, line); });
  Flush();
  if (const std::uint64_t overlong = child.lines().TakeOverlong(); overlong > 0) {
    overlong_lines_ += overlong;
    supervisor_.OnOverlongLines(overlong);
  }
}

void LiveSource::Loop::OnLine(Child& child, std::string_view line) {
  const LineKind kind = Classify(line);
  if (kind == LineKind::kRecord) {
    block_.origin = child.origin();
    block_.bytes.append(line).push_back('\n');
    ++block_.count;
  } else if (kind != LineKind::kNoise) {
    Flush();  // what steers comes after the lines before it
  }
  if (child.origin() == Origin::kStream && stream_.get() == &child) {
    if (supervisor_.NeedsRecords()) Flush();
    supervisor_.OnStreamLine(kind, line);
  }
  if (child.origin() == Origin::kBackfill && show_.get() == &child) supervisor_.OnShowLine(kind, line);
}

void LiveSource::Loop::Flush() {
  if (block_.count == 0) return;
  const Origin origin = block_.origin;
  const std::uint64_t count = block_.count;
  const bool taken = queue_.PushLines(std::exchange(block_, Lines{}));
  if (taken) {
    (origin == Origin::kStream ? stream_lines_ : backfill_lines_) += count;
    return;
  }
  dropped_lines_ += count;
  supervisor_.OnLinesDropped(count);
}

void LiveSource::Loop::CheckEnd(std::unique_ptr<Child>& child) {
  if (!child) return;
  const std::optional<base::ExitStatus> status = child->Ended(parts_.clock.MonotonicNs());
  if (!status) return;
  const std::unique_ptr<Child> ended = std::move(child);  // the supervisor may start the next one
  if (ended->origin() == Origin::kStream) {
    supervisor_.OnStreamEnded(*status, ended->complaint());
  } else {
    supervisor_.OnShowEnded(*status, ended->complaint());
  }
}

void LiveSource::Loop::Drain() {
  if (!stream_ || drain_ns_ == 0) return;
  const std::int64_t deadline_ns = parts_.clock.MonotonicNs() + drain_ns_;
  stream_->AskToEnd();
  while (stream_ && stream_->out() >= 0) {
    const std::int64_t left_ns = deadline_ns - parts_.clock.MonotonicNs();
    if (left_ns <= 0) return;
    pollfd wait = {stream_->out(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(left_ns / base::kMillisecondNs) + 1);
    Read(stream_);
  }
}

LiveSource::LiveSource(Settings settings, Parts parts)
    : settings_(std::move(settings)),
      queue_(settings_.queue_bytes),
      loop_(std::make_unique<Loop>(settings_, std::move(parts), queue_)) {}

LiveSource::~LiveSource() { Stop(0); }

void LiveSource::Start(std::optional<ResumePoint> resume, std::vector<Gap> pending) {
  SBTUNE_ASSERT(!thread_.joinable());
  thread_ = std::thread([this, resume = std::move(resume), pending = std::move(pending)]() mutable {
    loop_->Run(std::move(resume), pending);
  });
}

void LiveSource::Retry() { loop_->AskRetry(); }

void LiveSource::Stop(std::int64_t drain_ns) {
  if (!thread_.joinable()) return;
  loop_->AskStop(drain_ns);
  thread_.join();
}

bool LiveSource::Take(std::vector<LiveEvent>& events, std::size_t max_bytes) {
  const bool more = queue_.Take(events, max_bytes);
  loop_->WakeIfHeldBack();
  return more;
}

Counters LiveSource::counters() const { return loop_->counters(); }

}  // namespace sbtune::live
