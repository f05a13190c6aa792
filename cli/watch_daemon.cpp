// Watching through the daemon: it says up to which record everything is stored, we read those from the database, and
// what comes after is sent. Cut off or reconnected, we do the same again from the last record we saw: no hole.
#include <poll.h>

#include <thread>

#include "cli/watch_sources.h"
#include "core/base/clock.h"
#include "daemon/protocol/connection.h"
#include "sql/store/live_book.h"
#include "sql/store/store.h"

namespace sbtune::cli {
namespace {

constexpr std::int64_t kAnswerNs = 10 * base::kSecondNs;
constexpr std::int64_t kReconnectNs = 15 * base::kSecondNs;

class Watcher {
 public:
  Watcher(const config::Config& config, protocol::Connection daemon, const WatchOptions& options,
          base::SignalPipe& signals, WatchOutput& output)
      : config_(config), daemon_(std::move(daemon)), options_(options), signals_(signals), output_(output) {}

  base::Status Run();

 private:
  enum class Ended { kNo, kCutOff, kConnection, kByUser };
  [[nodiscard]] base::Status Attach();
  [[nodiscard]] base::Status ShowStored(std::uint64_t up_to_seq);
  [[nodiscard]] base::Result<Ended> Listen();
  [[nodiscard]] base::Result<Ended> TakeLines();
  [[nodiscard]] base::Status Reconnect();
  [[nodiscard]] bool WaitForUser(int timeout_ms);

  const config::Config& config_;
  protocol::Connection daemon_;
  const WatchOptions& options_;
  base::SignalPipe& signals_;
  WatchOutput& output_;
  std::optional<std::uint64_t> last_seq_;  // everything up to it was shown, or is none of ours
};

base::Status Watcher::Run() {
  if (base::Status attached = Attach(); !attached) return attached;
  for (;;) {
    const base::Result<Ended> ended = Listen();
    if (!ended) return std::unexpected(ended.error());
    if (*ended == Ended::kByUser) return {};
    if (*ended == Ended::kConnection) output_.Say("sbtuned ended the connection; waiting for it to come back");
    const base::Status again = Reconnect();
    if (!again) return again;
    if (output_.closed()) return {};
  }
}

base::Status Watcher::Attach() {
  base::Result<protocol::Reply> reply =
      daemon_.Ask({.id = 1, .method = protocol::Method::kWatch, .filter = options_.filter}, kAnswerNs);
  if (!reply) return std::unexpected(reply.error());
  const base::Result<std::uint64_t> seq = protocol::SeqOf(*reply);
  if (!seq) return std::unexpected(seq.error());
  if (last_seq_ || options_.since_ns) {
    if (base::Status shown = ShowStored(*seq); !shown) return shown;
  }
  last_seq_ = *seq;
  output_.Flush();
  return {};
}

base::Status Watcher::ShowStored(std::uint64_t up_to_seq) {
  base::Result<store::Store> store = store::Store::OpenForReading(config_.database);
  if (!store) return std::unexpected(store.error());
  const std::uint64_t after = last_seq_.value_or(0);
  const std::int64_t since_ns = last_seq_ ? 0 : options_.since_ns.value_or(0);
  std::uint64_t next = last_seq_ ? after + 1 : 0;  // 0: whatever comes first
  std::uint64_t missing = 0;
  base::Status bad;
  const auto block = [&](std::uint64_t first, std::uint64_t last, std::string_view lines) {
    if (last <= after) return;
    if (next != 0 && first > next) missing += first - next;
    next = last + 1;
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', at), lines.size());
      const base::Result<protocol::LiveRecord> record = protocol::ParseRecord(lines.substr(at, end - at));
      at = end + 1;
      if (!record) continue;
      if (record->seq <= after || record->seq > up_to_seq || record->time_ns.value_or(0) < since_ns) continue;
      if (options_.filter.Matches(*record)) output_.Show(*record);
    }
  };
  const base::Status visited =
      store::LiveBook(*store, "log").VisitRecent(since_ns, up_to_seq, block);
  if (!visited) return visited;
  if (next != 0 && next <= up_to_seq) missing += up_to_seq - next + 1;
  if (missing > 0) output_.Show(protocol::LostEvent{missing});
  return {};
}

bool Watcher::WaitForUser(int timeout_ms) {
  pollfd wait = {signals_.descriptor(), POLLIN, 0};
  return ::poll(&wait, 1, timeout_ms) > 0;
}

base::Result<Watcher::Ended> Watcher::Listen() {
  for (;;) {
    const base::Result<Ended> taken = TakeLines();
    if (!taken || *taken != Ended::kNo) return taken;
    output_.Flush();
    if (output_.closed()) return Ended::kByUser;
    pollfd waits[3] = {{daemon_.descriptor(), POLLIN, 0}, {signals_.descriptor(), POLLIN, 0}, {output_.pipe(), 0, 0}};
    ::poll(waits, 3, -1);
    if (waits[1].revents != 0) return Ended::kByUser;
    output_.Polled(waits[2].revents);
    if (output_.closed()) return Ended::kByUser;
    if (waits[0].revents != 0 && !daemon_.ReadAvailable()) {
      const base::Result<Ended> rest = TakeLines();
      return !rest || *rest != Ended::kNo ? rest : base::Result<Ended>(Ended::kConnection);
    }
  }
}

base::Result<Watcher::Ended> Watcher::TakeLines() {
  while (const std::optional<std::string> line = daemon_.Next()) {
    const base::Result<protocol::ServerMessage> message = protocol::ParseServerMessage(*line);
    if (!message) return std::unexpected(message.error());
    if (const auto* record = std::get_if<protocol::LiveRecord>(&*message)) {
      last_seq_ = record->seq;
      output_.Show(*record);
    } else if (const auto* gap = std::get_if<protocol::GapEvent>(&*message)) {
      output_.Show(*gap);
    } else if (const auto* state = std::get_if<protocol::StateEvent>(&*message)) {
      output_.Show(*state);
    } else if (std::holds_alternative<protocol::LostEvent>(*message)) {
      return Ended::kCutOff;  // what we missed is in the database
    }
  }
  return Ended::kNo;
}

base::Status Watcher::Reconnect() {
  const base::SystemClock clock;
  const std::int64_t deadline_ns = clock.MonotonicNs() + kReconnectNs;
  for (int pause_ms = 10;; pause_ms = std::min(pause_ms * 2, 500)) {
    base::Result<protocol::Connection> daemon = protocol::Connection::Open(config_.socket);
    if (daemon) {
      daemon_ = std::move(*daemon);
      if (base::Status attached = Attach(); attached) return attached;
    }
    if (clock.MonotonicNs() >= deadline_ns) return daemon ? base::Fail("sbtuned does not answer any more") : base::Status(std::unexpected(daemon.error()));
    if (WaitForUser(pause_ms)) return {};
  }
}

}  // namespace

base::Status WatchDaemon(const config::Config& config, protocol::Connection daemon, const WatchOptions& options,
                         base::SignalPipe& signals, WatchOutput& output) {
  return Watcher(config, std::move(daemon), options, signals, output).Run();
}

}  // namespace sbtune::cli
