// sbtuned as its users meet it: signals, configuration, the socket and whoever misuses it.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "daemon/protocol/connection.h"
#include "sql/store/database.h"
#include "sql/store/store.h"
#include "tests/support/command.h"
#include "tests/support/running_daemon.h"

using namespace sbtune;

namespace {

void Pause(std::int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

base::Descriptor Connect(const std::string& path) {
  base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return socket;
}

// Everything that comes until the other end closes, at most 10 s.
std::string ReadToEnd(int socket) {
  REQUIRE(base::SetNonBlocking(socket));
  std::string bytes;
  for (int i = 0; i < 2000; ++i) {
    const base::ReadOutcome outcome = base::ReadAvailable(socket, bytes, 1u << 16);
    if (outcome == base::ReadOutcome::kEnd) return bytes;
    if (outcome == base::ReadOutcome::kNothingYet) Pause(5);
  }
  FAIL("the other end does not close");
  return bytes;
}

void Send(int socket, std::string_view bytes) {
  REQUIRE(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

struct Rig {
  test::StandinLog log;
  std::optional<test::RunningDaemon> daemon;
  explicit Rig(const std::string& directives, int records = 1000, const std::string& settings = "") {
    log.RecordDistinct(records);
    log.Play(directives);
    daemon.emplace(log, settings);
    daemon->Start();
  }
};

}  // namespace

TEST_CASE("SIGTERM and SIGINT end it within seconds, with everything stored that was read") {
  for (const int signal : {SIGTERM, SIGINT}) {
    Rig rig("play 3000 3000\n");
    rig.daemon->WaitUntil("\"state\":\"live\"");
    Pause(300);
    const base::SystemClock clock;
    const std::int64_t begin_ns = clock.MonotonicNs();
    CHECK(rig.daemon->Kill(signal) == base::ExitStatus{});
    CHECK(clock.MonotonicNs() - begin_ns < 5 * base::kSecondNs);
    CHECK_FALSE(std::filesystem::exists(rig.daemon->socket()));
    rig.daemon->Start();  // the lock is free again
  }
}

TEST_CASE("a second daemon for the same database is refused") {
  Rig rig("play 10 100\n");
  const auto second = test::RunCommand({SBTUNED_PROGRAM, "--foreground", "--config", rig.daemon->config()});
  CHECK(second.exit_code == 1);
  CHECK(second.err == fmt::format("sbtuned: another sbtuned is running ({}.sbtuned.lock is locked); end it first, or ask "
                                  "it with `sbtune status`\n",
                                  rig.daemon->database()));
}

TEST_CASE("SIGHUP reads the configuration again, and a wrong one changes nothing") {
  Rig rig("play 10 100\n");
  rig.daemon->WaitUntil("\"state\":\"live\"");
  rig.daemon->WriteConfig("source.heartbeat_ms = \"often\"\n");
  rig.daemon->Signal(SIGHUP);
  for (int i = 0; i < 1000 && rig.daemon->Said().find("stays as it was") == std::string::npos; ++i) Pause(5);
  CHECK(rig.daemon->Said().find(rig.daemon->config() +
                                ":8: source.heartbeat_ms must be a whole number from 10 to 3600000") != std::string::npos);
  CHECK(rig.daemon->Status().find("\"state\":\"live\"") != std::string::npos);
  rig.daemon->WriteConfig("source.heartbeat_ms = 150\n");
  CHECK(rig.daemon->Ask("{\"v\":1,\"id\":9,\"method\":\"reload\"}\n") == "{\"v\":1,\"id\":9,\"result\":{}}\n");
  rig.daemon->WaitUntil("\"state\":\"live\"");
  CHECK(rig.daemon->Said().find("the configuration was read again") != std::string::npos);
}

TEST_CASE("what only the user can mend is tried again when he says so") {
  Rig rig("exit 77 Must be admin to run 'stream' command\n");
  rig.daemon->WaitUntil("\"state\":\"unavailable\"");
  CHECK(rig.daemon->Status().find("reading the log needs an administrator account") != std::string::npos);
  rig.log.Play("play 100 100\n");
  rig.daemon->Signal(SIGHUP);
  rig.daemon->WaitUntil("\"state\":\"live\"");
}

TEST_CASE("a wrong configuration stops the start with its line and key") {
  test::StandinLog log;
  test::RunningDaemon daemon(log, "watch.recent = 3\n");
  const auto done = test::RunCommand({SBTUNED_PROGRAM, "--config", daemon.config()});
  CHECK(done.exit_code == 1);
  CHECK(done.err == "sbtuned: " + daemon.config() + ":8: there is no key watch.recent; `sbtuned --print-config` lists what there is\n");
  CHECK(test::RunCommand({SBTUNED_PROGRAM, "--dance"}).exit_code == 2);
}

TEST_CASE("everything it makes is for its owner only") {
  Rig rig("play 100 100\n");
  rig.daemon->WaitUntil("\"state\":\"live\"");
  struct stat status {};
  for (const std::string& path : {rig.daemon->socket(), rig.daemon->database()}) {
    CAPTURE(path);
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    REQUIRE(::stat(path.substr(0, path.rfind('/')).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0700);
  }
}

TEST_CASE("a folder that others may enter is closed before the socket is opened in it") {
  test::StandinLog log;
  log.RecordDistinct(10);
  log.Play("play 10 100\n");
  test::RunningDaemon daemon(log);
  const std::string folder = daemon.socket().substr(0, daemon.socket().rfind('/'));
  std::filesystem::create_directories(folder);
  REQUIRE(::chmod(folder.c_str(), 0777) == 0);
  test::WriteFile(folder + "/s", "in the way");
  const auto refused = test::RunCommand({SBTUNED_PROGRAM, "--config", daemon.config()});
  CHECK(refused.err == "sbtuned: " + daemon.socket() + " is in the way and is not a socket; move it away\n");
  std::filesystem::remove(folder + "/s");
  daemon.Start();
  struct stat status {};
  REQUIRE(::stat(folder.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("nonsense is answered, too much of it ends the connection, and others do not notice") {
  Rig rig("play 10 100\n");
  CHECK(rig.daemon->Ask("dance\n") ==
        "{\"v\":1,\"id\":null,\"error\":{\"code\":\"bad-json\",\"message\":\"a request is one JSON object on one line\"}}\n");
  const base::Descriptor endless = Connect(rig.daemon->socket());
  const std::string much(70'000, '[');
  Send(endless.get(), much);
  CHECK(ReadToEnd(endless.get()) ==
        "{\"v\":1,\"id\":null,\"error\":{\"code\":\"too-long\",\"message\":\"a request may have 64 KiB\"}}\n");
  const base::Descriptor several = Connect(rig.daemon->socket());
  Send(several.get(), "\n{\"v\":1,\"id\":1,\"method\":\"hello\"}\n{\"v\":9}\n{\"v\":1,\"id\":2,\"met");
  Send(several.get(), "hod\":\"hello\"}\n");
  ::shutdown(several.get(), SHUT_WR);
  CHECK(ReadToEnd(several.get()) ==
        "{\"v\":1,\"id\":null,\"error\":{\"code\":\"bad-json\",\"message\":\"a request is one JSON object on one line\"}}\n"
        "{\"v\":1,\"id\":1,\"result\":{\"program\":\"sbtuned\",\"protocol\":1}}\n"
        "{\"v\":1,\"id\":null,\"error\":{\"code\":\"unsupported-version\",\"message\":\"this daemon speaks version 1 of the protocol\"}}\n"
        "{\"v\":1,\"id\":2,\"result\":{\"program\":\"sbtuned\",\"protocol\":1}}\n");
  CHECK(rig.daemon->running());
}

TEST_CASE("two hundred watch at once and all see the same, one too many is told so") {
  // 200 times as many lines are read by this one thread, so not too many.
  Rig rig("play 800 200\n", 800, "source.heartbeat_ms = 100\nsource.heartbeat_limit_ms = 2000\nsocket.clients = 200\n");
  rig.daemon->WaitUntil("\"state\":\"live\"");
  std::vector<protocol::Connection> watchers;
  for (int i = 0; i < 200; ++i) {
    watchers.push_back(protocol::Connection::Open(rig.daemon->socket()).value());
    REQUIRE(watchers.back().Ask({.id = i, .method = protocol::Method::kWatch, .filter = {}}, 10 * base::kSecondNs));
  }
  CHECK(ReadToEnd(Connect(rig.daemon->socket()).get()) ==
        "{\"v\":1,\"id\":null,\"error\":{\"code\":\"busy\",\"message\":\"too many clients; close one and try again\"}}\n");
  struct Seen {
    std::uint64_t records = 0;
    std::uint64_t last_seq = 0;
    bool in_order = true;
    bool ended = false;    // with the last record
    bool cut_off = false;  // by a marker: on a busy machine we may be too slow a reader
  };
  std::vector<Seen> seen(watchers.size());
  const auto is_over = [](const Seen& one) { return one.ended || one.cut_off; };
  for (int turn = 0; turn < 3000 && !std::all_of(seen.begin(), seen.end(), is_over); ++turn) {
    for (std::size_t i = 0; i < watchers.size(); ++i) {
      const bool open = watchers[i].ReadAvailable();
      while (const auto line = watchers[i].Next()) {
        const auto message = protocol::ParseServerMessage(*line).value();
        if (std::holds_alternative<protocol::LostEvent>(message)) seen[i].cut_off = true;
        const auto* record = std::get_if<protocol::LiveRecord>(&message);
        if (record == nullptr) continue;
        ++seen[i].records;
        seen[i].in_order &= record->seq > seen[i].last_seq;
        seen[i].last_seq = record->seq;
        seen[i].ended |= record->target == "/private/tmp/job/799";
      }
      REQUIRE_MESSAGE((open || seen[i].cut_off), "nobody is cut off without being told");
    }
    Pause(5);
  }
  CHECK(std::all_of(seen.begin(), seen.end(), is_over));
  CHECK(std::all_of(seen.begin(), seen.end(), [](const Seen& one) { return one.in_order; }));
  const auto cut_off = std::count_if(seen.begin(), seen.end(), [](const Seen& one) { return one.cut_off; });
  if (cut_off > 0) {
    MESSAGE(cut_off << " watchers were cut off on this busy machine");
    return;
  }
  // Who came later saw less, and nobody saw a record twice.
  for (std::size_t i = 1; i < seen.size(); ++i) CHECK(seen[i].records <= seen[i - 1].records);
}

TEST_CASE("a watcher that does not read is cut off with a marker, and slows nobody") {
  Rig rig("play 20000 8000\n", 2000, "source.heartbeat_ms = 100\nsource.heartbeat_limit_ms = 3000\nsocket.client_kilobytes = 64\n");
  rig.daemon->WaitUntil("\"state\":\"live\"");
  const base::Descriptor sleeper = Connect(rig.daemon->socket());
  const int small = 4096;
  ::setsockopt(sleeper.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  Send(sleeper.get(), "{\"v\":1,\"id\":1,\"method\":\"watch\"}\n");
  rig.daemon->WaitUntil("\"watching\":1");
  for (int i = 0; i < 1000 && rig.daemon->Status().find("\"watching\":0") == std::string::npos; ++i) Pause(5);
  const std::string heard = ReadToEnd(sleeper.get());
  const std::size_t last = heard.rfind('\n', heard.size() - 2) + 1;
  const auto marker = protocol::ParseServerMessage(heard.substr(last, heard.size() - last - 1));
  REQUIRE(marker.has_value());
  REQUIRE(std::holds_alternative<protocol::LostEvent>(*marker));
  CHECK(std::get<protocol::LostEvent>(*marker).records > 0);
  rig.daemon->WaitUntil("\"cut_off\":1");
}

TEST_CASE("while another program writes the database, reading goes on, and all is stored afterwards") {
  Rig rig("play 1500 1000\n", 1500);
  rig.daemon->WaitUntil("\"state\":\"live\"");
  store::Store other = store::Store::OpenForWriting(rig.daemon->database()).value();
  REQUIRE(other.database().Execute("BEGIN IMMEDIATE"));
  Pause(700);
  const std::string waiting = rig.daemon->Status();
  REQUIRE(other.database().Execute("COMMIT"));
  CHECK(waiting.find("\"state\":\"live\"") != std::string::npos);
  Pause(800);
  const std::vector<store::StatRow> rows = other.Stats(store::Dimension::kTarget, {}).value();
  int first = 1499;
  for (const store::StatRow& row : rows) first = std::min(first, std::stoi(row.value->substr(row.value->rfind('/') + 1)));
  for (int i = 0; i < 400 && other.Stats(store::Dimension::kTarget, {}).value().size() < static_cast<std::size_t>(1500 - first); ++i) Pause(10);
  CHECK(other.Stats(store::Dimension::kTarget, {}).value().size() == static_cast<std::size_t>(1500 - first));
}
