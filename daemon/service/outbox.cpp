#include "daemon/service/outbox.h"

#include <unistd.h>

#include <iterator>
#include <utility>

#include "core/base/result.h"

namespace sbtune::service {
namespace {

constexpr std::size_t kMaxWaiting = 16'384;  // records

template <typename Value>
void Append(std::vector<Value>& to, std::vector<Value>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

Outbox::Outbox() {
  base::Result<base::Pipe> pipe = base::MakePipe();
  SBTUNE_ASSERT(pipe.has_value());
  ready_ = std::move(*pipe);
}

void Outbox::Signal() {
  if (!signalled_) signalled_ = ::write(ready_.write_end.get(), "", 1) == 1;
}

void Outbox::Put(pipeline::Recorded recorded, std::uint64_t last_seq) {
  const std::lock_guard lock(mutex_);
  last_seq_ = last_seq;
  if (watchers_ == Watchers::kNone) return;
  if (waiting_.records.size() + recorded.records.size() > kMaxWaiting) {
    waiting_.lost += recorded.records.size();
  } else {
    Append(waiting_.records, std::move(recorded.records));
  }
  Append(waiting_.gaps, std::move(recorded.gaps));
  Append(waiting_.states, std::move(recorded.states));
  Signal();
}

void Outbox::SetLastSeq(std::uint64_t last_seq) {
  const std::lock_guard lock(mutex_);
  last_seq_ = last_seq;
}

void Outbox::SetWatchers(Watchers watchers) {
  const std::lock_guard lock(mutex_);
  watchers_ = watchers;
}

std::uint64_t Outbox::last_seq() {
  const std::lock_guard lock(mutex_);
  return last_seq_;
}

Delivery Outbox::Take() {
  const std::lock_guard lock(mutex_);
  char byte = 0;
  if (signalled_) signalled_ = ::read(ready_.read_end.get(), &byte, 1) != 1;
  return std::exchange(waiting_, Delivery{});
}

}  // namespace sbtune::service
