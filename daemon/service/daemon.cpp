#include "daemon/service/daemon.h"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <tuple>

#include <fmt/format.h>

#include "core/base/folder.h"
#include "core/base/signal_pipe.h"
#include "daemon/service/listener.h"
#include "daemon/service/proposal_keeper.h"
#include "daemon/service/server.h"
#include "daemon/service/status.h"
#include "daemon/service/worker.h"
#include "sql/store/database.h"

namespace sbtune::service {
namespace {

constexpr std::int64_t kStopNs = 4 * base::kSecondNs;     // of the five seconds that a stop may take
constexpr std::int64_t kFarewellNs = base::kSecondNs / 2;
constexpr std::int64_t kProposalNs = base::kSecondNs / 4;

base::LogLevel LevelOf(const std::string& name) {
  if (name == "debug") return base::LogLevel::kDebug;
  if (name == "warning") return base::LogLevel::kWarning;
  if (name == "error") return base::LogLevel::kError;
  return base::LogLevel::kInfo;
}

base::Result<std::unique_ptr<base::Log>> OpenLog(const DaemonOptions& options, const config::Config& config) {
  if (options.log_to == LogTo::kStderr) return base::OpenStderrLog(LevelOf(config.log_level));
  if (base::Status made = base::MakePrivateFoldersFor(config.log_file); !made) return std::unexpected(made.error());
  return base::OpenFileLog({.path = config.log_file,
                            .level = LevelOf(config.log_level),
                            .rotate_bytes = static_cast<std::size_t>(config.log_megabytes) << 20,
                            .rotated_files = static_cast<std::size_t>(config.log_files)});
}

WorkerSettings SettingsOf(const config::Config& config) {
  WorkerSettings settings;
  settings.source.tool = {config.tool, config.level};
  settings.source.heartbeat_ns = config.heartbeat_ms * base::kMillisecondNs;
  settings.source.heartbeat_limit_ns = config.heartbeat_limit_ms * base::kMillisecondNs;
  settings.source.backoff_min_ns = config.restart_min_ms * base::kMillisecondNs;
  settings.source.backoff_max_ns = config.restart_max_ms * base::kMillisecondNs;
  settings.source.queue_bytes = static_cast<std::size_t>(config.queue_megabytes) << 20;
  settings.heartbeat_file = config.heartbeat_file;
  return settings;
}

store::Retention RetentionOf(const config::Config& config) {
  return {.keep_days = config.keep_days, .keep_bytes = config.keep_megabytes << 20};
}

ServerSettings ServerSettingsOf(const config::Config& config, base::Log& log) {
  const auto wanted = static_cast<std::size_t>(config.clients);
  const std::size_t clients = RoomForClients(wanted);
  if (clients < wanted) {
    log.Warning(fmt::format("socket.clients is {}, but the limit of open files leaves room for {}; raise it (ulimit -n)", wanted, clients));
  }
  return {.clients = clients, .limits = {.out_bytes = static_cast<std::size_t>(config.client_kilobytes) << 10}};
}

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// Everything that lives as long as the daemon, in the order in which it depends on each other.
class Daemon {
 public:
  Daemon(const DaemonOptions& options, config::Config config, std::unique_ptr<base::Log> log, InstanceLock lock,
         store::Store store, Listener listener, base::SignalPipe signals)
      : options_(options),
        config_(std::move(config)),
        log_(std::move(log)),
        lock_(std::move(lock)),
        store_(std::move(store)),
        listener_(std::move(listener)),
        signals_(std::move(signals)),
        recorder_(store_, clock_,
                  {.host = HostName(), .recent_records = static_cast<std::uint64_t>(config_.recent_records)}),
        worker_(recorder_, outbox_, board_, *log_, clock_),
        server_(listener_, outbox_, clock_,
                {.status = [this](const ClientCounts& clients) { return StatusJson(clients); },
                 .reload = [this] { return Reload(); }},
                ServerSettingsOf(config_, *log_)) {}

  void Run();

 private:
  [[nodiscard]] base::Status Reload();
  [[nodiscard]] std::string StatusJson(const ClientCounts& clients) const;

  const DaemonOptions& options_;
  config::Config config_;
  std::unique_ptr<base::Log> log_;
  InstanceLock lock_;
  store::Store store_;
  Listener listener_;
  base::SignalPipe signals_;
  const base::SystemClock clock_;
  const std::int64_t since_ns_ = clock_.WallNs();
  Outbox outbox_;
  StatusBoard board_;
  pipeline::LiveRecorder recorder_;
  Worker worker_;
  Server server_;
  ProposalKeeper keeper_{config_.database, *log_, clock_};
};

void Daemon::Run() {
  log_->Info(fmt::format("sbtuned {} started, storing in {}", options_.version, config_.database));
  worker_.SetRetention(RetentionOf(config_));
  worker_.Start(SettingsOf(config_));
  keeper_.Configure(config_);
  for (bool stop = false; !stop;) {
    server_.RunUntil(signals_.descriptor());
    for (const int number : signals_.Take()) {
      if (number != SIGHUP) stop = true;
      if (number == SIGHUP && !Reload()) continue;  // it was logged
    }
  }
  log_->Info("stopping");
  keeper_.AskStop();
  worker_.Stop(kStopNs);
  server_.Close(kFarewellNs);
  if (!keeper_.StopWithin(kProposalNs)) {
    // Its steps are transactions, and files are exchanged whole; the promised end does not wait for it.
    log_->Info("stopped; the proposal that was being made is made at the next start");
    std::_Exit(0);
  }
  log_->Info("stopped");
}

base::Status Daemon::Reload() {
  base::Result<config::Config> config = LoadConfig(options_);
  if (!config) {
    log_->Error("the configuration stays as it was: " + config.error().message);
    return std::unexpected(config.error());
  }
  const auto later = [](const config::Config& one) {
    return std::tie(one.database, one.socket, one.log_file, one.log_megabytes, one.log_files);
  };
  if (later(*config) != later(config_)) {
    log_->Warning("store.database, socket.path, log.file, log.megabytes and log.files change at the next start only");
  }
  config_ = *std::move(config);
  log_->SetLevel(LevelOf(config_.log_level));
  recorder_.KeepRecent(static_cast<std::uint64_t>(config_.recent_records));
  server_.Use(ServerSettingsOf(config_, *log_));
  worker_.SetRetention(RetentionOf(config_));
  worker_.Continue(SettingsOf(config_));
  keeper_.Configure(config_);
  log_->Info("the configuration was read again");
  return {};
}

std::string Daemon::StatusJson(const ClientCounts& clients) const {
  const DaemonFacts facts{.version = options_.version,
                          .pid = ::getpid(),
                          .since_ns = since_ns_,
                          .tool = config_.tool,
                          .database = config_.database,
                          .source = worker_.source_counters()};
  return ToJson(board_.Get(), facts, clients, clock_.MonotonicNs());
}

}  // namespace

base::Result<config::Config> LoadConfig(const DaemonOptions& options) {
  base::Result<config::Config> defaults = config::Defaults(config::ProcessEnvironment);
  if (!defaults) return defaults;
  std::string file = options.config_file;
  if (file.empty()) {
    base::Result<std::string> usual = config::DefaultFile(config::ProcessEnvironment);
    if (!usual) return std::unexpected(usual.error());
    file = *std::move(usual);
  }
  return config::Load(file, *defaults);
}

base::Status RunDaemon(const DaemonOptions& options) {
  ::umask(0077);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error where we write
  base::Result<base::SignalPipe> signals = base::SignalPipe::Catch({SIGTERM, SIGINT, SIGHUP});
  if (!signals) return std::unexpected(signals.error());
  base::Result<config::Config> config = LoadConfig(options);
  if (!config) return std::unexpected(config.error());
  base::Result<std::unique_ptr<base::Log>> log = OpenLog(options, *config);
  if (!log) return std::unexpected(log.error());
  if (base::Status made = base::MakePrivateFoldersFor(config->database); !made) return made;
  base::Result<InstanceLock> lock = InstanceLock::Take(config->database + ".sbtuned.lock");
  if (!lock) return std::unexpected(lock.error());
  base::Result<store::Store> store = store::Store::OpenForWriting(config->database);
  if (!store) return std::unexpected(store.error());
  // The daemon runs for ever and writes a little at a time: four megabytes of pages do.
  if (base::Status done = store->database().Execute("PRAGMA cache_size = -4096"); !done) return done;
  base::Result<Listener> listener = Listener::Open(config->socket);
  if (!listener) return std::unexpected(listener.error());
  Daemon daemon(options, *std::move(config), *std::move(log), *std::move(lock), *std::move(store),
                *std::move(listener), *std::move(signals));
  daemon.Run();
  return {};
}

}  // namespace sbtune::service
