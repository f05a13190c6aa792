// One connection as the server keeps it: requests in, replies and events out, never waiting for the other end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/descriptor.h"
#include "daemon/protocol/message.h"

namespace sbtune::service {

struct ClientLimits {
  std::size_t out_bytes = 1u << 20;                      // what may wait to be sent
  std::int64_t silence_ns = 30'000'000'000;              // from connecting to the first request
  std::int64_t line_ns = 10'000'000'000;                 // for the rest of a line that has begun
  std::int64_t stall_ns = 10'000'000'000;                // without any progress of what waits to be sent
};

class Client {
 public:
  Client(base::Descriptor socket, const ClientLimits& limits, std::int64_t now_ns)
      : socket_(std::move(socket)), limits_(limits), connected_ns_(now_ns), progress_ns_(now_ns) {}

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] bool WantsToWrite() const { return !out_.empty(); }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool was_cut_off() const { return cut_off_; }

  // Reads what is there and hands over each request line; too long a line is answered and ends the connection.
  void Read(std::int64_t now_ns, const std::function<void(std::string_view line)>& on_line);
  void Write(std::int64_t now_ns);

  void Send(std::string_view bytes, std::int64_t now_ns);
  // The last words: the connection ends once they are sent.
  void SendLast(std::string_view bytes, std::int64_t now_ns);
  // Drops whole lines that wait, says how many records went with them, and ends.
  void CutOff(std::uint64_t lost_records, std::int64_t now_ns);

  // A watcher sees records with a greater number only.
  void Watch(protocol::RecordFilter filter, std::uint64_t after_seq);
  [[nodiscard]] bool watching() const { return filter_.has_value() && !closing_ && !closed_; }
  [[nodiscard]] bool Wants(const protocol::LiveRecord& record) const;

  // Closes when a time limit has passed; when to ask next.
  void CheckTime(std::int64_t now_ns);
  [[nodiscard]] std::optional<std::int64_t> NextTimeNs() const;

 private:
  base::Descriptor socket_;
  ClientLimits limits_;
  std::string in_;
  std::string out_;
  std::int64_t connected_ns_;
  std::int64_t progress_ns_;
  std::int64_t line_began_ns_ = 0;
  bool has_asked_ = false;
  bool closing_ = false;  // nothing more is taken; closed once `out_` is sent
  bool closed_ = false;
  bool cut_off_ = false;
  std::optional<protocol::RecordFilter> filter_;
  std::uint64_t after_seq_ = 0;
};

}  // namespace sbtune::service
