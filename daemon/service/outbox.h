// From the thread that stores to the thread that serves: what watchers shall see. Bounded; when the serving thread
// is behind, records are dropped and counted, and watchers are told.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/descriptor.h"
#include "daemon/pipeline/live_recorder.h"

namespace sbtune::service {

struct Delivery {
  std::vector<protocol::LiveRecord> records;
  std::vector<protocol::GapEvent> gaps;
  std::vector<protocol::StateEvent> states;
  std::uint64_t lost = 0;  // records that would have come before these
};

class Outbox {
 public:
  Outbox();

  // The storing thread. Without watchers records are forgotten here.
  void Put(pipeline::Recorded recorded, std::uint64_t last_seq);
  void SetLastSeq(std::uint64_t last_seq);

  // The serving thread.
  enum class Watchers : std::uint8_t { kNone, kSome };
  void SetWatchers(Watchers watchers);
  // The number of the newest record that was put; later deliveries hold those after it.
  [[nodiscard]] std::uint64_t last_seq();
  [[nodiscard]] Delivery Take();
  [[nodiscard]] int ready_fd() const { return ready_.read_end.get(); }

 private:
  void Signal();
  base::Pipe ready_;
  std::mutex mutex_;
  Delivery waiting_;
  std::uint64_t last_seq_ = 0;
  Watchers watchers_ = Watchers::kNone;
  bool signalled_ = false;
};

}  // namespace sbtune::service
