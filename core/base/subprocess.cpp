#include "core/base/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "core/base/platform/process.h"

extern char** environ;

namespace sbtune::base {
namespace {

ExitStatus Decode(int raw) {
  if (WIFSIGNALED(raw)) return {.code = 0, .signal = WTERMSIG(raw)};
  return {.code = WEXITSTATUS(raw), .signal = 0};
}

class SystemSubprocess final : public Subprocess {
 public:
  SystemSubprocess(pid_t pid, ProcessGroup group, Descriptor in, Descriptor out, Descriptor err)
      : pid_(pid), group_(group), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)) {}
  ~SystemSubprocess() override {
    if (Poll()) return;
    Signal(SIGKILL);
    int raw = 0;
    while (::waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
    }
  }
  SystemSubprocess(const SystemSubprocess&) = delete;
  SystemSubprocess& operator=(const SystemSubprocess&) = delete;

  pid_t pid() const override { return pid_; }
  int in() const override { return in_.get(); }
  int out() const override { return out_.get(); }
  int err() const override { return err_.get(); }
  void CloseIn() override { in_.Close(); }

  std::optional<ExitStatus> Poll() override {
    if (status_) return status_;
    int raw = 0;
    const pid_t got = ::waitpid(pid_, &raw, WNOHANG);
    if (got == pid_) status_ = Decode(raw);
    if (got < 0 && errno == ECHILD) status_ = ExitStatus{};  // someone else waited for it; nothing more to learn
    return status_;
  }

  void Signal(int number) override {
    if (status_) return;  // the pid may belong to someone else by now
    ::kill(group_ == ProcessGroup::kOwn ? -pid_ : pid_, number);
  }

 private:
  pid_t pid_;
  ProcessGroup group_;
  Descriptor in_, out_, err_;
  std::optional<ExitStatus> status_;
};

// posix_spawn's two opaque objects, released in every case.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

// The child starts with default signal dispositions and nothing blocked, whatever we do with ours: a `log` that
// ignored SIGPIPE would outlive us.
void SetSignalsAndGroup(posix_spawnattr_t& attributes, ProcessGroup group) {
  sigset_t all, none;
  ::sigfillset(&all);
  ::sigdelset(&all, SIGKILL);
  ::sigdelset(&all, SIGSTOP);
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | platform::ExtraSpawnFlags();
  if (group == ProcessGroup::kOwn) {
    flags |= POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setpgroup(&attributes, 0);
  }
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags));
}

// Wires one of the child's three descriptors; `ours` receives our end of a pipe, `theirs` lives until the spawn.
Status Wire(SpawnSettings& settings, Stdio kind, int number, Descriptor& ours, Descriptor& theirs) {
  switch (kind) {
    case Stdio::kInherit:
      ::posix_spawn_file_actions_adddup2(&settings.actions, number, number);
      return {};
    case Stdio::kNull:
      ::posix_spawn_file_actions_addopen(&settings.actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0);
      return {};
    case Stdio::kPipe: break;
  }
  Result<Pipe> pipe = MakePipe();
  if (!pipe) return std::unexpected(pipe.error());
  ours = std::move(number == 0 ? pipe->write_end : pipe->read_end);
  theirs = std::move(number == 0 ? pipe->read_end : pipe->write_end);
  ::posix_spawn_file_actions_adddup2(&settings.actions, theirs.get(), number);
  return SetNonBlocking(ours.get());
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Reads what is there into `text` (at most `max_bytes` kept); false at the end.
bool Collect(int descriptor, std::string& text, std::size_t max_bytes) {
  const ReadOutcome outcome = ReadAvailable(descriptor, text, 1u << 16);
  if (text.size() > max_bytes) text.resize(max_bytes);
  return outcome != ReadOutcome::kEnd;
}

}  // namespace

std::string Describe(ExitStatus status) {
  return status.signal != 0 ? fmt::format("signal {}", status.signal) : fmt::format("exit {}", status.code);
}

Result<std::unique_ptr<Subprocess>> SystemLauncher::Spawn(const SpawnSpec& spec) {
  SBTUNE_ASSERT(!spec.argv.empty());
  SpawnSettings settings;
  SetSignalsAndGroup(settings.attributes, spec.group);
  Descriptor ours[3], theirs[3];
  const Stdio kinds[3] = {spec.in, spec.out, spec.err};
  for (int number = 0; number < 3; ++number) {
    if (Status wired = Wire(settings, kinds[number], number, ours[number], theirs[number]); !wired) {
      return std::unexpected(wired.error().Within(spec.argv[0]));
    }
  }
  if (!spec.working_directory.empty()) {
    platform::AddWorkingDirectory(&settings.actions, spec.working_directory.c_str());
  }
  const std::vector<char*> argv = Pointers(spec.argv);
  const std::vector<std::string> variables = spec.environment.value_or(std::vector<std::string>{});
  const std::vector<char*> environment = Pointers(variables);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, spec.argv[0].c_str(), &settings.actions, &settings.attributes, argv.data(),
                                   spec.environment ? environment.data() : environ);
  if (failed != 0) {
    return Fail(fmt::format("cannot start {}: {}; check that it is there and may be run", spec.argv[0],
                            std::strerror(failed)));
  }
  return std::make_unique<SystemSubprocess>(pid, spec.group, std::move(ours[0]), std::move(ours[1]),
                                            std::move(ours[2]));
}

Result<Completed> RunToEnd(Launcher& launcher, SpawnSpec spec, std::int64_t limit_ns, std::size_t max_bytes) {
  spec.out = spec.err = Stdio::kPipe;
  const SystemClock clock;
  const std::int64_t deadline = clock.MonotonicNs() + limit_ns;
  Result<std::unique_ptr<Subprocess>> child = launcher.Spawn(spec);
  if (!child) return std::unexpected(child.error());
  Completed completed;
  bool out_open = true, err_open = true;
  for (;;) {
    const std::optional<ExitStatus> status = (*child)->Poll();
    if (out_open) out_open = Collect((*child)->out(), completed.out, max_bytes);
    if (err_open) err_open = Collect((*child)->err(), completed.err, max_bytes);
    if (status && !out_open && !err_open) {
      completed.status = *status;
      return completed;
    }
    const std::int64_t left = deadline - clock.MonotonicNs();
    if (left <= 0) {
      return Fail(fmt::format("{} did not end within {} s and was stopped", spec.argv[0], limit_ns / kSecondNs));
    }
    pollfd waits[2] = {{out_open ? (*child)->out() : -1, POLLIN, 0}, {err_open ? (*child)->err() : -1, POLLIN, 0}};
    // Once both pipes are closed only the exit is missing, and no descriptor tells about that.
    const std::int64_t pause = out_open || err_open ? left : std::min(left, 5 * kMillisecondNs);
    ::poll(waits, 2, static_cast<int>(pause / kMillisecondNs) + 1);
  }
}

std::string ProgramPath() { return platform::ProgramPath(); }

}  // namespace sbtune::base
