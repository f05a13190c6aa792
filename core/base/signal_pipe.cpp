#include "core/base/signal_pipe.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace sbtune::base {
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

Result<SignalPipe> SignalPipe::Catch(std::initializer_list<int> numbers) {
  Result<Pipe> pipe = MakePipe();
  if (!pipe) return std::unexpected(pipe.error());
  for (const Descriptor* end : {&pipe->read_end, &pipe->write_end}) {
    if (Status set = SetNonBlocking(end->get()); !set) return std::unexpected(set.error());
  }
  g_write_end = pipe->write_end.get();
  struct sigaction action {};
  action.sa_handler = Handle;
  action.sa_flags = SA_RESTART;
  for (const int number : numbers) ::sigaction(number, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  return SignalPipe(std::move(*pipe));
}

std::vector<int> SignalPipe::Take() {
  std::string bytes;
  ReadAvailable(descriptor(), bytes, 256);
  return {bytes.begin(), bytes.end()};
}

}  // namespace sbtune::base
