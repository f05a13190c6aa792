#include "daemon/service/server.h"

#include <poll.h>

#include <algorithm>

#include <fmt/format.h>

namespace sbtune::service {
namespace {

using protocol::ErrorCode;
using protocol::RequestError;

constexpr int kAcceptsPerTurn = 64;
constexpr std::int64_t kNoRoomNs = 100 * base::kMillisecondNs;

}  // namespace

Server::Server(const Listener& listener, Outbox& outbox, const base::Clock& clock, Answers answers,
               ServerSettings settings)
    : listener_(listener), outbox_(outbox), clock_(clock), answers_(std::move(answers)), settings_(settings) {}

void Server::RunUntil(int stop_fd) {
  stopped_ = false;
  while (!stopped_) Turn(stop_fd, TimeoutMs());
}

void Server::Turn(int stop_fd, int timeout_ms) {
  std::vector<pollfd> waits = {{stop_fd, POLLIN, 0}, {outbox_.ready_fd(), POLLIN, 0}};
  for (const std::unique_ptr<Client>& client : clients_) {
    const int events = POLLIN | (client->WantsToWrite() ? POLLOUT : 0);
    waits.push_back({client->descriptor(), static_cast<short>(events), 0});
  }
  const bool accepting = accepting_ && clock_.MonotonicNs() >= accept_after_ns_;
  if (accepting) {
    for (const base::Descriptor& listener : listener_.descriptors()) waits.push_back({listener.get(), POLLIN, 0});
  }
  if (::poll(waits.data(), static_cast<nfds_t>(waits.size()), timeout_ms) < 0) return;
  if (waits[0].revents != 0) stopped_ = true;
  const std::int64_t now_ns = clock_.MonotonicNs();
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    Client& client = *clients_[i];
    const short events = waits[i + 2].revents;
    if ((events & POLLOUT) != 0) client.Write(now_ns);
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
      client.Read(now_ns, [&](std::string_view line) { OnLine(client, line); });
    }
    client.CheckTime(now_ns);
  }
  if (waits[1].revents != 0) Deliver();
  Sweep();  // who has gone makes room
  if (!accepting) return;
  AcceptAll();
  Sweep();
}

int Server::TimeoutMs() const {
  std::optional<std::int64_t> next;
  if (accepting_ && accept_after_ns_ > clock_.MonotonicNs()) next = accept_after_ns_;
  for (const std::unique_ptr<Client>& client : clients_) {
    if (const auto time = client->NextTimeNs()) next = next ? std::min(*next, *time) : *time;
  }
  if (!next) return -1;
  return static_cast<int>(std::max<std::int64_t>(*next - clock_.MonotonicNs(), 0) / base::kMillisecondNs) + 1;
}

void Server::AcceptAll() {
  const std::int64_t now_ns = clock_.MonotonicNs();
  for (const base::Descriptor& listener : listener_.descriptors()) {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      std::expected<base::Descriptor, Listener::NoPeer> socket = listener_.Accept(listener.get());
      if (!socket && socket.error() == Listener::NoPeer::kStranger) continue;
      if (!socket && socket.error() == Listener::NoPeer::kNoRoom) accept_after_ns_ = now_ns + kNoRoomNs;
      if (!socket) break;
      auto client = std::make_unique<Client>(std::move(*socket), settings_.limits, now_ns);
      if (clients_.size() >= settings_.clients) {
        ++counts_.refused;
        client->SendLast(protocol::Write(RequestError{{}, ErrorCode::kBusy, "too many clients; close one and try again"}),
                         now_ns);
        continue;  // what the socket did not take at once is not waited for
      }
      clients_.push_back(std::move(client));
    }
  }
}

// Each record becomes JSON at most once, however many watch.
void Server::Deliver() {
  const Delivery delivery = outbox_.Take();
  const std::int64_t now_ns = clock_.MonotonicNs();
  std::vector<std::string> records(delivery.records.size());
  std::string events;
  for (const protocol::StateEvent& state : delivery.states) events += protocol::Write(state);
  for (const protocol::GapEvent& gap : delivery.gaps) events += protocol::Write(gap);
  for (const std::unique_ptr<Client>& client : clients_) {
    if (!client->watching()) continue;
    std::string bytes = events;
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (!client->Wants(delivery.records[i])) continue;
      if (records[i].empty()) {
        protocol::AppendJson(records[i], delivery.records[i]);
        records[i] += '\n';
      }
      bytes += records[i];
    }
    if (!bytes.empty()) client->Send(bytes, now_ns);
    if (delivery.lost > 0) client->CutOff(delivery.lost, now_ns);
  }
}

void Server::OnLine(Client& client, std::string_view line) {
  const auto request = protocol::ParseRequest(line);
  if (!request) return client.Send(protocol::Write(request.error()), clock_.MonotonicNs());
  Answer(client, *request);
}

void Server::Answer(Client& client, const protocol::Request& request) {
  const std::int64_t now_ns = clock_.MonotonicNs();
  const auto reply = [&](std::string_view result) { client.Send(protocol::WriteResult(request.id, result), now_ns); };
  switch (request.method) {
    case protocol::Method::kHello: return reply(fmt::format(R"({{"program":"sbtuned","protocol":{}}})", protocol::kVersion));
    case protocol::Method::kStatus: return reply(answers_.status(counts_));
    case protocol::Method::kWatch: {
      // What was stored before this moment is the backlog, which the client reads from the database; what comes
      // after it will be sent.
      outbox_.SetWatchers(Outbox::Watchers::kSome);
      const std::uint64_t seq = outbox_.last_seq();
      client.Watch(request.filter, seq);
      return reply(fmt::format(R"({{"seq":{}}})", seq));
    }
    case protocol::Method::kReload: {
      const base::Status done = answers_.reload();
      if (done) return reply("{}");
      return client.Send(protocol::Write(RequestError{request.id, ErrorCode::kFailed, done.error().message}), now_ns);
    }
  }
}

void Server::Sweep() {
  for (const std::unique_ptr<Client>& client : clients_) counts_.cut_off += client->closed() && client->was_cut_off();
  std::erase_if(clients_, [](const std::unique_ptr<Client>& client) { return client->closed(); });
  counts_.connected = clients_.size();
  counts_.watching = static_cast<std::uint64_t>(std::count_if(
      clients_.begin(), clients_.end(), [](const std::unique_ptr<Client>& client) { return client->watching(); }));
  outbox_.SetWatchers(counts_.watching > 0 ? Outbox::Watchers::kSome : Outbox::Watchers::kNone);
}

void Server::Close(std::int64_t limit_ns) {
  accepting_ = false;
  Deliver();
  const std::int64_t now_ns = clock_.MonotonicNs();
  for (const std::unique_ptr<Client>& client : clients_) {
    client->SendLast(client->watching() ? protocol::Write(protocol::StateEvent{"stopping", "sbtuned was told to stop"}) : "",
                     now_ns);
  }
  Sweep();
  const std::int64_t deadline_ns = now_ns + limit_ns;
  while (!clients_.empty() && clock_.MonotonicNs() < deadline_ns) Turn(-1, 20);
}

}  // namespace sbtune::service
