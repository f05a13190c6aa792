#include "daemon/live/event_queue.h"

#include <unistd.h>

#include "core/base/result.h"

namespace sbtune::live {
namespace {

constexpr std::size_t kMergeBytes = 256u << 10;  // small blocks are joined up to this

std::size_t MemoryOf(const Lines& lines) { return sizeof(LiveEvent) + lines.bytes.capacity(); }

}  // namespace

EventQueue::EventQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {
  base::Result<base::Pipe> pipe = base::MakePipe();
  SBTUNE_ASSERT(pipe.has_value());
  ready_ = std::move(*pipe);
}

// One byte in the pipe stands for "something waits"; more would only fill it.
void EventQueue::Signal() {
  if (signalled_) return;
  signalled_ = ::write(ready_.write_end.get(), "", 1) == 1;
}

bool EventQueue::PushLines(Lines lines) {
  if (lines.bytes.capacity() > 2 * lines.bytes.size()) lines.bytes.shrink_to_fit();
  const std::lock_guard lock(mutex_);
  if (bytes_ + MemoryOf(lines) > max_bytes_) return false;
  Lines* last = events_.empty() ? nullptr : std::get_if<Lines>(&events_.back());
  if (last != nullptr && last->origin == lines.origin && last->bytes.size() + lines.bytes.size() <= kMergeBytes) {
    const std::size_t before = MemoryOf(*last);
    last->bytes += lines.bytes;
    last->count += lines.count;
    bytes_ += MemoryOf(*last) - before;
  } else {
    bytes_ += MemoryOf(lines);
    events_.emplace_back(std::move(lines));
  }
  Signal();
  return true;
}

void EventQueue::Push(LiveEvent event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  Signal();
}

void EventQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  Signal();
}

bool EventQueue::Take(std::vector<LiveEvent>& events, std::size_t max_bytes) {
  const std::lock_guard lock(mutex_);
  std::size_t taken = 0;
  const bool ended = closed_ && events_.empty();
  while (!events_.empty() && taken < max_bytes) {
    if (const Lines* lines = std::get_if<Lines>(&events_.front())) taken += MemoryOf(*lines);
    events.push_back(std::move(events_.front()));
    events_.pop_front();
  }
  bytes_ -= taken;
  if (events_.empty() && !closed_ && signalled_) {
    char byte = 0;
    signalled_ = ::read(ready_.read_end.get(), &byte, 1) != 1;
  }
  return !ended;
}

}  // namespace sbtune::live
