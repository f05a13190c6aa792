// The control socket's listening end: from launchd where it started us, else bound by ourselves. Only our own user
// gets in: the folder is 0700, the socket 0600, and every peer's user is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "core/base/descriptor.h"
#include "core/base/result.h"

namespace sbtune::service {

class Listener {
 public:
  // The caller holds the instance's lock: a socket that lies there belongs to a daemon that is gone.
  [[nodiscard]] static base::Result<Listener> Open(const std::string& path);
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) noexcept = delete;
  ~Listener();  // removes a socket that we bound

  [[nodiscard]] const std::vector<base::Descriptor>& descriptors() const { return descriptors_; }

  enum class NoPeer : std::uint8_t {
    kNobody,    // nobody waits
    kStranger,  // another user, turned away
    kNoRoom,    // out of descriptors or memory: whoever waits, waits on
  };
  // One waiting connection, non-blocking.
  [[nodiscard]] std::expected<base::Descriptor, NoPeer> Accept(int descriptor) const;

 private:
  Listener() = default;
  std::vector<base::Descriptor> descriptors_;
  std::string bound_path_;  // empty: launchd's
};

// Raises this process's limit of open files, where it is too low for so many clients; how many it is enough for.
// launchd gives its jobs 256.
[[nodiscard]] std::size_t RoomForClients(std::size_t wanted);

// Held for the life of the process; fails with a sentence when another process holds it.
class InstanceLock {
 public:
  [[nodiscard]] static base::Result<InstanceLock> Take(const std::string& path);

 private:
  explicit InstanceLock(base::Descriptor file) : file_(std::move(file)) {}
  base::Descriptor file_;
};

}  // namespace sbtune::service
