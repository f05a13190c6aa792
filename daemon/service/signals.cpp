#include "daemon/service/signals.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace sbtune::service {
namespace {

// A signal handler can reach nothing but a global.
std::atomic<int> g_write_end = -1;

void Handle(int number) {
  const int saved = errno;
  const char byte = static_cast<char>(number);
  (void)!::write(g_write_end, &byte, 1);
  errno = saved;
}

}  // namespace

base::Result<SignalPipe> SignalPipe::Catch() {
  base::Result<base::Pipe> pipe = base::MakePipe();
  if (!pipe) return std::unexpected(pipe.error());
  for (const base::Descriptor* end : {&pipe->read_end, &pipe->write_end}) {
    if (base::Status set = base::SetNonBlocking(end->get()); !set) return std::unexpected(set.error());
  }
  g_write_end = pipe->write_end.get();
  struct sigaction action {};
  action.sa_handler = Handle;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaction(number, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  return SignalPipe(std::move(*pipe));
}

std::vector<int> SignalPipe::Take() {
  std::string bytes;
  base::ReadAvailable(descriptor(), bytes, 256);
  return {bytes.begin(), bytes.end()};
}

}  // namespace sbtune::service
