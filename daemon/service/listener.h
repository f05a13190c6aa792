// The control socket's listening end: from launchd where it started us, else bound by ourselves. Only our own user
// gets in: the folder is 0700, the socket 0600, and every peer's user is asked for.
#pragma once

#include <optional>
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

  // One waiting connection, non-blocking; none when nobody waits or when the peer is another user.
  [[nodiscard]] std::optional<base::Descriptor> Accept(int descriptor) const;

 private:
  Listener() = default;
  std::vector<base::Descriptor> descriptors_;
  std::string bound_path_;  // empty: launchd's
};

// Held for the life of the process; fails with a sentence when another process holds it.
class InstanceLock {
 public:
  [[nodiscard]] static base::Result<InstanceLock> Take(const std::string& path);

 private:
  explicit InstanceLock(base::Descriptor file) : file_(std::move(file)) {}
  base::Descriptor file_;
};

}  // namespace sbtune::service
