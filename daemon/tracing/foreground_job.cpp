#include "daemon/tracing/foreground_job.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace sbtune::tracing {
namespace {

// The terminal, if all of it is ours to give away.
base::Descriptor OwnTerminal() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::isatty(stream) == 0 || ::tcgetpgrp(stream) != ::getpgrp()) return {};
  }
  return base::Descriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
}

bool InForegroundOfTerminal() {
  const base::Descriptor terminal(::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC));
  return terminal && ::tcgetpgrp(terminal.get()) == ::getpgrp();
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// With SIGTTOU blocked: tcsetpgrp from outside of the foreground would stop us.
class TerminalStopsBlocked {
 public:
  TerminalStopsBlocked() {
    sigset_t block;
    ::sigemptyset(&block);
    ::sigaddset(&block, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &block, &before_);
  }
  ~TerminalStopsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  TerminalStopsBlocked(const TerminalStopsBlocked&) = delete;
  TerminalStopsBlocked& operator=(const TerminalStopsBlocked&) = delete;

 private:
  sigset_t before_;
};

// Between fork and exec of a process with threads: only calls that are safe there. `report` closes on success.
[[noreturn]] void BecomeChild(char* const* argv, char* const* environment, int terminal, int report) {
  if (terminal >= 0) {
    ::setpgid(0, 0);
    ::tcsetpgrp(terminal, ::getpgrp());  // SIGTTOU is still blocked
  }
  struct sigaction action {}, now {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    // What nohup and the like had us ignore stays ignored; these two we ignore ourselves.
    const bool ours = number == SIGPIPE || number == SIGXFSZ;
    if (!ours && ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) continue;
    ::sigaction(number, &action, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(argv[0], argv, environment);
  const int failed = errno;
  (void)!::write(report, &failed, sizeof failed);
  ::_exit(127);
}

// What the shell that started us would see of a signal that its terminal sends.
bool FromTerminal(int number) { return number == SIGINT || number == SIGQUIT; }

}  // namespace

base::Result<ForegroundJob> ForegroundJob::Start(const JobSpec& spec) {
  SBTUNE_ASSERT(!spec.argv.empty());
  const std::vector<char*> argv = Pointers(spec.argv), environment = Pointers(spec.environment);
  base::Result<base::Pipe> report = base::MakePipe();
  if (!report) return std::unexpected(report.error());
  base::Descriptor terminal = OwnTerminal();
  const Modes modes = ReadModes(terminal.get());
  const TerminalStopsBlocked blocked;
  const pid_t pid = ::fork();
  if (pid < 0) return base::Fail(fmt::format("cannot start {}: {}", spec.argv[0], std::strerror(errno)));
  if (pid == 0) BecomeChild(argv.data(), environment.data(), terminal.get(), report->write_end.get());
  if (terminal) {
    ::setpgid(pid, pid);  // both sides do it: neither knows who comes first
    ::tcsetpgrp(terminal.get(), pid);
  }
  ForegroundJob job(pid, std::move(terminal));
  job.modes_ = modes;
  report->write_end.Close();
  int failed = 0;
  ssize_t got = 0;
  while ((got = ::read(report->read_end.get(), &failed, sizeof failed)) < 0 && errno == EINTR) {
  }
  if (got == static_cast<ssize_t>(sizeof failed)) {
    return base::Fail(fmt::format("cannot start {}: {}; check that it is there and may be run", spec.argv[0],
                                  std::strerror(failed)));
  }
  return job;
}

ForegroundJob::ForegroundJob(ForegroundJob&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      terminal_(std::move(other.terminal_)),
      modes_(other.modes_),
      status_(other.status_) {}

ForegroundJob::~ForegroundJob() {
  if (pid_ < 0) return;
  if (!status_) {
    ::kill(terminal_ ? -pid_ : pid_, SIGKILL);
    int raw = 0;
    while (::waitpid(pid_, &raw, 0) < 0 && errno == EINTR) {
    }
  }
  GiveTerminalTo(::getpgrp());
}

void ForegroundJob::GiveTerminalTo(pid_t group) const {
  if (!terminal_) return;
  const TerminalStopsBlocked blocked;
  ::tcsetpgrp(terminal_.get(), group);
}

std::optional<base::ExitStatus> ForegroundJob::Poll() {
  if (status_) return status_;
  int raw = 0;
  const pid_t got = ::waitpid(pid_, &raw, WNOHANG | (terminal_ ? WUNTRACED : 0));
  if (got != pid_) return std::nullopt;
  if (WIFSTOPPED(raw)) {
    StopWithIt();
    return std::nullopt;
  }
  status_ = WIFSIGNALED(raw) ? base::ExitStatus{.code = 0, .signal = WTERMSIG(raw)}
                             : base::ExitStatus{.code = WEXITSTATUS(raw), .signal = 0};
  GiveTerminalTo(::getpgrp());
  if (status_->signal != 0) SetModes(modes_);
  return status_;
}

ForegroundJob::Modes ForegroundJob::ReadModes(int terminal) {
  termios modes{};
  return terminal >= 0 && ::tcgetattr(terminal, &modes) == 0 ? Modes(modes) : std::nullopt;
}

void ForegroundJob::SetModes(const Modes& modes) const {
  if (!terminal_ || !modes) return;
  const TerminalStopsBlocked blocked;
  ::tcsetattr(terminal_.get(), TCSADRAIN, &*modes);
}

// The shell looks at us: it takes the terminal back when we stop, and gives it to us when we are continued.
void ForegroundJob::StopWithIt() {
  GiveTerminalTo(::getpgrp());
  const Modes its = ReadModes(terminal_.get());
  SetModes(modes_);
  ::kill(0, SIGSTOP);
  if (InForegroundOfTerminal()) {
    SetModes(its);
    GiveTerminalTo(pid_);
  }
  ::kill(-pid_, SIGCONT);
}

void ForegroundJob::Forward(int number) {
  if (status_) return;
  if (terminal_) {
    ::kill(-pid_, number);
  } else if (!FromTerminal(number) || !InForegroundOfTerminal()) {
    ::kill(pid_, number);
  }
}

void ForegroundJob::DieOfTheSame() const {
  if (!status_ || !FromTerminal(status_->signal)) return;
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::signal(status_->signal, SIG_DFL);
  ::kill(terminal_ ? 0 : ::getpid(), status_->signal);
}

}  // namespace sbtune::tracing
