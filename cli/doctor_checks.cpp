#include "cli/doctor_checks.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/canary_file.h"
#include "cli/times.h"
#include "cli/watch_lines.h"
#include "core/base/text.h"
#include "daemon/live/preflight.h"
#include "daemon/live/source.h"
#include "daemon/protocol/connection.h"
#include "sql/store/live_book.h"
#include "sql/store/store.h"

namespace sbtune::cli {
namespace {

using Json = nlohmann::ordered_json;

Check Judged(const char* name, const std::optional<live::Failure>& failure, std::string good) {
  if (failure) return {name, Outcome::kFailed, failure->reason};
  return {name, Outcome::kOk, std::move(good)};
}

Check CheckSocket(const std::string& socket) {
  const std::string folder = socket.substr(0, socket.rfind('/'));
  struct stat status {};
  if (::lstat(socket.c_str(), &status) != 0) {
    return {"socket", Outcome::kFailed, fmt::format("there is no {}; start sbtuned with `sbtune daemon start`", socket)};
  }
  struct stat folder_status {};
  const bool closed = ::stat(folder.c_str(), &folder_status) == 0 && (folder_status.st_mode & 0077) == 0;
  if (!S_ISSOCK(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 0077) != 0 || !closed) {
    return {"socket", Outcome::kFailed,
            fmt::format("{} is not a socket that is yours alone; stop sbtuned, remove it, start sbtuned again", socket)};
  }
  return {"socket", Outcome::kOk, socket + " is yours alone"};
}

// Listens until our denial comes. The command runs once the stream is proven to be attached.
class PathTest {
 public:
  PathTest(const config::Config& config, std::string sandbox_exec, std::string canary)
      : sandbox_exec_(std::move(sandbox_exec)), canary_(std::move(canary)) {
    settings_.tool = {config.tool, config.level};
    heartbeats_ = live::MakeSystemHeartbeat();
    if (!config.heartbeat_file.empty()) heartbeats_ = std::make_unique<live::FileHeartbeat>(config.heartbeat_file);
  }

  Check Run(std::int64_t limit_ns) {
    live::LiveSource source(settings_, {launcher_, *heartbeats_, clock_, {}});
    source.Start(std::nullopt, {});
    const std::int64_t deadline_ns = clock_.MonotonicNs() + limit_ns;
    std::vector<live::LiveEvent> events;
    while (clock_.MonotonicNs() < deadline_ns && answer_.text.empty()) {
      pollfd wait = {source.ready_fd(), POLLIN, 0};
      ::poll(&wait, 1, 100);
      source.Take(events);
      for (live::LiveEvent& event : events) Look(event);
      events.clear();
    }
    if (!answer_.text.empty()) return answer_;
    return Failed(ran_ ? "the denial that was provoked did not come through the log; if `log stream` shows it, please report this"
                       : fmt::format("the log stream was not attached in time ({}); try again, then see `sbtune status`", state_));
  }

 private:
  static Check Failed(std::string text) { return {"whole path", Outcome::kFailed, std::move(text)}; }

  void Look(live::LiveEvent& event) {
    if (const auto* state = std::get_if<live::State>(&event)) {
      state_ = state->reason;
      if (state->kind == live::StateKind::kUnavailable) answer_ = Failed(state->reason);
      if (state->kind == live::StateKind::kLive && !ran_) Provoke();
    }
    auto* lines = std::get_if<live::Lines>(&event);
    if (lines == nullptr) return;
    for (const protocol::LiveRecord& record : parser_.Parse(std::move(lines->bytes))) {
      if (record.target != canary_ || record.provenance != access::Provenance::kKernel) continue;
      answer_ = {"whole path", Outcome::kOk,
                 fmt::format("a provoked denial came through the log {} ms later",
                             (clock_.MonotonicNs() - provoked_ns_) / base::kMillisecondNs)};
    }
  }

  void Provoke() {
    ran_ = true;
    provoked_ns_ = clock_.MonotonicNs();
    const std::string profile =
        fmt::format("(version 1)(allow default)(deny file-read-data (literal \"{}\"))", canary_);
    const auto done = base::RunToEnd(launcher_, {.argv = {sandbox_exec_, "-p", profile, "/bin/cat", canary_}},
                                     10 * base::kSecondNs);
    if (!done) answer_ = Failed(done.error().message);
    if (done && done->status == base::ExitStatus{}) answer_ = Failed(sandbox_exec_ + " did not deny what the profile denies; see whether this macOS still has it, and report this");
  }

  live::Settings settings_;
  std::string sandbox_exec_, canary_;
  base::SystemLauncher launcher_;
  base::SystemClock clock_;
  std::unique_ptr<live::HeartbeatWriter> heartbeats_;
  LineParser parser_;
  std::string state_ = "starting";
  bool ran_ = false;
  std::int64_t provoked_ns_ = 0;
  Check answer_;
};

}  // namespace

std::vector<Check> CheckPreflight(const config::Config& config) {
  const live::PreflightFacts facts = live::Inspect({config.tool, config.level});
  return {Judged("log tool", live::JudgeTool(facts), config.tool + " can be changed by nobody but its owner"),
          Judged("account", live::JudgeAccount(facts),
                 facts.administrator ? "an administrator's" : "this system has no administrators in macOS's sense"),
          Judged("sandbox", live::JudgeSandbox(facts), "this process is not inside one")};
}

Check CheckDatabase(const config::Config& config, std::int64_t now_ns) {
  if (::access(config.database.c_str(), F_OK) != 0 && errno == ENOENT) {
    return {"database", Outcome::kFailed, fmt::format("there is no {} yet; sbtuned makes it when it starts", config.database)};
  }
  base::Result<store::Store> store = store::Store::OpenForReading(config.database);
  if (!store) return {"database", Outcome::kFailed, store.error().message};
  const auto cursor = store::LiveBook(*store, "log").LoadCursor();
  if (!cursor) return {"database", Outcome::kFailed, cursor.error().message};
  if (!*cursor) return {"database", Outcome::kOk, config.database + " opens; no live log was stored in it yet"};
  return {"database", Outcome::kOk,
          fmt::format("{} opens; the live log is stored up to {} s ago", config.database,
                      (now_ns - (*cursor)->time_ns) / base::kSecondNs)};
}

std::vector<Check> CheckDaemon(const config::Config& config, const std::string& our_version) {
  std::vector<Check> checks = {CheckSocket(config.socket)};
  base::Result<protocol::Connection> daemon = protocol::Connection::Open(config.socket);
  base::Result<protocol::Reply> reply =
      daemon ? daemon->Ask({.id = 1, .method = protocol::Method::kStatus, .filter = {}}, 5 * base::kSecondNs)
             : base::Result<protocol::Reply>(std::unexpected(daemon.error()));
  if (!reply) {
    checks.push_back({"daemon", Outcome::kFailed, reply.error().message});
    return checks;
  }
  for (Check& check : JudgeStatus(reply->result, our_version)) checks.push_back(std::move(check));
  return checks;
}

std::vector<Check> JudgeStatus(const std::string& status_json, const std::string& our_version) {
  const Json status = Json::parse(status_json, nullptr, false);
  const auto text = [&](const char* part, const char* key) {
    const Json empty = Json::object();
    const Json& object = status.is_object() && status.contains(part) ? status[part] : empty;
    return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string("?");
  };
  const std::string state = text("state", "state"), reason = text("state", "reason");
  std::vector<Check> checks;
  checks.push_back({"daemon", state == "live" ? Outcome::kOk : Outcome::kFailed,
                    state == "live" ? "it is live" 
                                      : fmt::format("it is {}: {}{}", state, reason.empty() ? "no reason given" : reason,
                                                    state == "degraded" ? "; `sbtune status` tells what may be missing" : "")});
  if (const std::string error = text("store", "error"); error != "?") {
    checks.push_back({"storing", Outcome::kFailed, "sbtuned reads, but " + error});
  }
  const std::string version = text("daemon", "version");
  checks.push_back({"versions", version == our_version ? Outcome::kOk : Outcome::kFailed,
                    version == our_version
                        ? "sbtune and sbtuned are both " + version
                        : fmt::format("sbtune is {}, sbtuned is {}; run `sbtune daemon restart`", our_version, version)});
  return checks;
}

Check CheckWholePath(const config::Config& config, const std::string& sandbox_exec, std::int64_t limit_ns) {
  if (::access(sandbox_exec.c_str(), X_OK) != 0) {
    return {"whole path", Outcome::kSkipped, fmt::format("needs {}, which only macOS has", sandbox_exec)};
  }
  const CanaryFile canary;
  if (canary.path().empty()) return {"whole path", Outcome::kFailed, "cannot make a file in the temporary folder; check TMPDIR"};
  // It stands between quotes in a profile.
  if (canary.path().find_first_of("\"\\") != std::string::npos) {
    return {"whole path", Outcome::kSkipped, "the temporary folder's name has quotes; set TMPDIR"};
  }
  return PathTest(config, sandbox_exec, canary.path()).Run(limit_ns);
}

std::string DoctorLine(const Check& check) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "failed", "skipped"};
  return fmt::format("{:<9}{:<14}{}\n", kNames[static_cast<std::size_t>(check.outcome)], check.name,
                     base::EscapeForTerminal(check.text));
}

std::string DoctorJson(const std::vector<Check>& checks) {
  constexpr std::array<std::string_view, 3> kNames = {"ok", "failed", "skipped"};
  Json list = Json::array();
  for (const Check& check : checks) {
    list.push_back({{"name", check.name},
                    {"outcome", kNames[static_cast<std::size_t>(check.outcome)]},
                    {"text", base::ToValidUtf8(check.text)}});
  }
  return Json{{"schema", "sbtune.doctor/1"}, {"checks", std::move(list)}}.dump(2) + "\n";
}

}  // namespace sbtune::cli
