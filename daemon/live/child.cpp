#include "daemon/live/child.h"

#include <csignal>

#include "core/base/clock.h"
#include "core/base/descriptor.h"

namespace sbtune::live {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;  // a pipe holds no more
constexpr std::size_t kComplaintBytes = 4096;
constexpr std::int64_t kLookNs = 10 * base::kMillisecondNs;
constexpr std::int64_t kPatienceNs = 2 * base::kSecondNs;

}  // namespace

std::string Child::ReadOut() {
  std::string bytes;
  if (base::ReadAvailable(process_->out(), bytes, kReadBytes) == base::ReadOutcome::kEnd) out_open_ = false;
  return bytes;
}

void Child::ReadErr() {
  std::string bytes;
  if (base::ReadAvailable(process_->err(), bytes, kReadBytes) == base::ReadOutcome::kEnd) err_open_ = false;
  if (complaint_.size() < kComplaintBytes) complaint_ += bytes.substr(0, kComplaintBytes - complaint_.size());
}

std::optional<base::ExitStatus> Child::Ended(std::int64_t now_ns) {
  if (out_open_) return std::nullopt;
  if (!closed_ns_) closed_ns_ = now_ns;
  const std::optional<base::ExitStatus> status = process_->Poll();
  if (!status) {
    if (now_ns >= *closed_ns_ + kPatienceNs) process_->Signal(SIGKILL);
    return std::nullopt;
  }
  if (err_open_) ReadErr();
  return status;
}

std::optional<std::int64_t> Child::NextLookNs(std::int64_t now_ns) const {
  if (out_open_) return std::nullopt;
  return now_ns + kLookNs;
}

void Child::AskToEnd() { process_->Signal(SIGINT); }

}  // namespace sbtune::live
