#include "daemon/service/client.h"

#include <algorithm>

namespace sbtune::service {
namespace {

constexpr std::size_t kReadBytes = 16u << 10;

}  // namespace

void Client::Read(std::int64_t now_ns, const std::function<void(std::string_view)>& on_line) {
  const base::ReadOutcome outcome = base::ReadAvailable(socket_.get(), in_, kReadBytes);
  if (closing_) in_.clear();
  std::size_t begin = 0;
  for (std::size_t newline = in_.find('\n'); newline != std::string::npos; newline = in_.find('\n', begin)) {
    has_asked_ = true;
    on_line(std::string_view(in_).substr(begin, newline - begin));
    begin = newline + 1;
    if (closing_ || closed_) break;
  }
  in_.erase(0, begin);
  if (!in_.empty() && (begin > 0 || line_began_ns_ == 0)) line_began_ns_ = now_ns;
  if (in_.empty()) line_began_ns_ = 0;
  if (in_.size() > protocol::kMaxRequest && !closing_) {
    SendLast(protocol::Write(protocol::RequestError{{}, protocol::ErrorCode::kTooLong, "a request may have 64 KiB"}),
             now_ns);
  }
  if (outcome == base::ReadOutcome::kEnd) closed_ = true;
}

void Client::Write(std::int64_t now_ns) {
  const std::optional<std::size_t> sent = base::WriteAvailable(socket_.get(), out_);
  if (!sent) {
    closed_ = true;
    return;
  }
  if (*sent > 0) progress_ns_ = now_ns;
  out_.erase(0, *sent);
  if (out_.empty() && closing_) closed_ = true;
}

void Client::Send(std::string_view bytes, std::int64_t now_ns) {
  if (closing_ || closed_) return;
  if (out_.empty()) progress_ns_ = now_ns;
  out_ += bytes;
  Write(now_ns);
  if (out_.size() > limits_.out_bytes) CutOff(0, now_ns);
}

void Client::SendLast(std::string_view bytes, std::int64_t now_ns) {
  Send(bytes, now_ns);
  closing_ = true;
  if (out_.empty()) closed_ = true;
}

void Client::CutOff(std::uint64_t lost_records, std::int64_t now_ns) {
  if (closing_ || closed_) return;
  // The line that is on its way must be finished, or the marker would be read as a part of it.
  const std::size_t keep = out_.empty() ? 0 : out_.find('\n') + 1;
  lost_records += static_cast<std::uint64_t>(std::count(out_.begin() + static_cast<std::ptrdiff_t>(keep), out_.end(), '\n'));
  out_.resize(keep);
  out_ += protocol::Write(protocol::LostEvent{lost_records});
  closing_ = cut_off_ = true;
  Write(now_ns);
}

void Client::Watch(protocol::RecordFilter filter, std::uint64_t after_seq) {
  filter_ = std::move(filter);
  after_seq_ = after_seq;
}

bool Client::Wants(const protocol::LiveRecord& record) const {
  return watching() && record.seq > after_seq_ && filter_->Matches(record);
}

void Client::CheckTime(std::int64_t now_ns) {
  const std::optional<std::int64_t> limit = NextTimeNs();
  if (limit && now_ns >= *limit) closed_ = true;
}

std::optional<std::int64_t> Client::NextTimeNs() const {
  if (!out_.empty()) return progress_ns_ + limits_.stall_ns;
  if (line_began_ns_ != 0) return line_began_ns_ + limits_.line_ns;
  if (!has_asked_) return connected_ns_ + limits_.silence_ns;
  return std::nullopt;
}

}  // namespace sbtune::service
