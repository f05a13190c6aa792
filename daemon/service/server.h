// The control socket's server: one thread, one poll loop, no request and no client can hold it up.
//
//   Server server(listener, outbox, stop_fd, answers, settings);
//   server.Run();   // until stop_fd becomes readable
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "daemon/service/client.h"
#include "daemon/service/listener.h"
#include "daemon/service/outbox.h"

namespace sbtune::service {

struct ClientCounts {
  std::uint64_t connected = 0;
  std::uint64_t watching = 0;
  std::uint64_t cut_off = 0;   // since the start
  std::uint64_t refused = 0;   // too many at once
};

struct ServerSettings {
  std::size_t clients = 256;
  ClientLimits limits;
};

class Server {
 public:
  struct Answers {
    std::function<std::string(const ClientCounts&)> status;  // JSON
    std::function<base::Status()> reload;
  };
  Server(const Listener& listener, Outbox& outbox, const base::Clock& clock, Answers answers, ServerSettings settings);

  // For those who connect from now on; nobody is sent away.
  void Use(ServerSettings settings) { settings_ = settings; }
  // Serves until the descriptor is readable.
  void RunUntil(int stop_fd);
  // Tells watchers that the daemon stops, and gives everybody `limit_ns` to take what waits for them.
  void Close(std::int64_t limit_ns);

 private:
  void Turn(int stop_fd, int timeout_ms);
  [[nodiscard]] int TimeoutMs() const;
  void AcceptAll();
  void Deliver();
  void OnLine(Client& client, std::string_view line);
  void Answer(Client& client, const protocol::Request& request);
  void Sweep();

  const Listener& listener_;
  Outbox& outbox_;
  const base::Clock& clock_;
  Answers answers_;
  ServerSettings settings_;
  std::vector<std::unique_ptr<Client>> clients_;
  ClientCounts counts_;
  std::int64_t accept_after_ns_ = 0;  // while there is no room for another descriptor
  bool accepting_ = true;
  bool stopped_ = false;
};

}  // namespace sbtune::service
