// A client's end of the control socket: whole lines in, whole lines out.
//
//   base::Result<protocol::Connection> daemon = protocol::Connection::Open(path);
//   base::Result<protocol::Reply> reply = daemon->Ask({.method = protocol::Method::kStatus}, 2 * base::kSecondNs);
//   while (auto line = daemon->Next()) …            // what has arrived; poll daemon->descriptor() for more
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/base/descriptor.h"
#include "core/base/result.h"
#include "daemon/protocol/message.h"

namespace sbtune::protocol {

class Connection {
 public:
  // Fails when nobody listens there, and when the socket belongs to another user.
  [[nodiscard]] static base::Result<Connection> Open(const std::string& path);

  [[nodiscard]] int descriptor() const { return socket_.get(); }

  // Sends a request and waits for its reply. Events that come first are kept for Next.
  [[nodiscard]] base::Result<Reply> Ask(const Request& request, std::int64_t limit_ns);

  // Reads what is there without waiting; false at the end of the connection.
  bool ReadAvailable();
  // The next whole line that has arrived.
  [[nodiscard]] std::optional<std::string> Next();

 private:
  explicit Connection(base::Descriptor socket) : socket_(std::move(socket)) {}
  base::Descriptor socket_;
  std::string partial_;
  std::deque<std::string> lines_;
};

}  // namespace sbtune::protocol
