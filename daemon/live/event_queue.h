// Hands events from the reading thread to one consumer. Lines are bounded in the memory they take; what steers (gaps, progress,
// state) always goes through, in order with the lines around it.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

#include "core/base/descriptor.h"
#include "daemon/live/event.h"

namespace sbtune::live {

class EventQueue {
 public:
  explicit EventQueue(std::size_t max_bytes);

  // Reading thread. False: no room, the lines were not taken.
  [[nodiscard]] bool PushLines(Lines lines);
  void Push(LiveEvent event);
  void Close();  // nothing follows

  // Consumer. Appends what waits, lines up to about `max_bytes`; false when the queue was closed and empty.
  bool Take(std::vector<LiveEvent>& events, std::size_t max_bytes);
  // Readable while something waits or the queue is closed.
  [[nodiscard]] int ready_fd() const { return ready_.read_end.get(); }

  // Memory of the lines that wait.
  [[nodiscard]] std::size_t waiting_bytes() const { return bytes_.load(); }

 private:
  void Signal();

  const std::size_t max_bytes_;
  base::Pipe ready_;
  std::mutex mutex_;
  std::deque<LiveEvent> events_;
  std::atomic<std::size_t> bytes_ = 0;
  bool signalled_ = false;
  bool closed_ = false;
};

}  // namespace sbtune::live
