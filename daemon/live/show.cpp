#include "daemon/live/show.h"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <utility>

#include "core/base/clock.h"
#include "daemon/live/child.h"
#include "daemon/live/failure.h"

namespace sbtune::live {

class ShowOutput::Pump {
 public:
  Pump(std::unique_ptr<base::Subprocess> process, base::Pipe pipe)
      : child_(std::move(process), Origin::kBackfill), pipe_(std::move(pipe)) {}
  ~Pump() {
    stop_ = true;
    pipe_.read_end.Close();
    if (thread_.joinable()) thread_.join();
  }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  // Until the first bytes are there, or the tool has ended.
  void WaitForFirst() {
    while (first_.empty() && !status_) {
      Wait();
      first_ = Read();
    }
  }
  [[nodiscard]] std::optional<base::Error> Failed() const {
    if (!status_ || *status_ == base::ExitStatus{}) return std::nullopt;
    return base::Error{ClassifyExit(*status_, child_.complaint()).reason};
  }

  void Begin() {
    thread_ = std::thread([this] { Run(); });
  }
  base::Descriptor TakeOutput() { return std::move(pipe_.read_end); }
  base::Result<ShowSummary> Finish() {
    if (thread_.joinable()) thread_.join();
    if (const auto failure = Failed()) return std::unexpected(*failure);
    return summary_;
  }

 private:
  void Run() {
    std::string bytes = std::move(first_);
    for (;;) {
      if (!bytes.empty() && !Write(bytes)) break;
      if (status_ || stop_) break;
      Wait();
      bytes = Read();
    }
    summary_.overlong += child_.lines().TakeOverlong();
    pipe_.write_end.Close();
  }

  void Wait() {
    const std::int64_t now_ns = clock_.MonotonicNs();
    pollfd waits[2] = {{child_.out(), POLLIN, 0}, {child_.err(), POLLIN, 0}};
    const bool closed = child_.NextLookNs(now_ns).has_value();
    ::poll(waits, 2, closed ? 10 : 100);  // the short one: only the exit is missing
    if (waits[1].revents != 0) child_.ReadErr();
  }

  std::string Read() {
    std::string bytes = child_.out() >= 0 ? child_.ReadOut() : std::string();
    child_.lines().Append(bytes, [&](std::string_view line) {
      const LineKind kind = Classify(line);
      summary_.finished = summary_.finished || kind == LineKind::kFinished;
      summary_.losses += kind == LineKind::kLossEvent || kind == LineKind::kDropMarker;
    });
    status_ = child_.Ended(clock_.MonotonicNs());
    return bytes;
  }

  // False when nobody reads any more.
  bool Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto put = base::WriteAvailable(pipe_.write_end.get(), bytes);
      if (!put || stop_) return false;
      bytes.remove_prefix(*put);
      pollfd room = {pipe_.write_end.get(), POLLOUT, 0};
      if (!bytes.empty()) ::poll(&room, 1, 100);
    }
    return true;
  }

  const base::SystemClock clock_;
  Child child_;
  base::Pipe pipe_;
  std::string first_;
  std::optional<base::ExitStatus> status_;
  ShowSummary summary_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

ShowOutput::ShowOutput(std::unique_ptr<Pump> pump) : pump_(std::move(pump)) {}
ShowOutput::ShowOutput(ShowOutput&&) noexcept = default;
ShowOutput::~ShowOutput() = default;

base::Result<ShowOutput> ShowOutput::Start(base::Launcher& launcher, const LogTool& tool, const ShowRange& range) {
  base::Result<base::Pipe> pipe = base::MakePipe();
  if (!pipe) return std::unexpected(pipe.error());
  if (base::Status set = base::SetNonBlocking(pipe->write_end.get()); !set) return std::unexpected(set.error());
  auto process = launcher.Spawn(ShowCommand(tool, range, {}));
  if (!process) return std::unexpected(process.error());
  auto pump = std::make_unique<Pump>(std::move(*process), std::move(*pipe));
  pump->WaitForFirst();
  if (const auto failure = pump->Failed()) return std::unexpected(*failure);
  pump->Begin();
  return ShowOutput(std::move(pump));
}

base::Descriptor ShowOutput::TakeOutput() { return pump_->TakeOutput(); }
base::Result<ShowSummary> ShowOutput::Finish() { return pump_->Finish(); }

}  // namespace sbtune::live
