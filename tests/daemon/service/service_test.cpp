// sbtuned as its users meet it: signals, configuration, the socket and whoever misuses it.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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
#include "daemon/pipeline/import_log.h"
#include "daemon/protocol/connection.h"
#include "sql/store/database.h"
#include "sql/store/retention.h"
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

// Everything that comes until the other end closes.
std::string ReadToEnd(int socket) {
  REQUIRE(base::SetNonBlocking(socket));
  std::string bytes;
  for (;;) {
    const base::ReadOutcome outcome = base::ReadAvailable(socket, bytes, 1u << 16);
    if (outcome == base::ReadOutcome::kEnd) return bytes;
    pollfd wait = {socket, POLLIN, 0};
    if (outcome == base::ReadOutcome::kNothingYet) {
      REQUIRE_MESSAGE(::poll(&wait, 1, test::kPatienceMs) == 1, "the other end does not close");
    }
  }
}

void Send(int socket, std::string_view bytes) {
  REQUIRE(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

constexpr const char* kSilent = "play 0 1\n";  // only what a test lets the kernel log

// How many targets are in the store.
std::size_t StoredTargets(const std::string& database) {
  return store::Store::OpenForReading(database).value().Stats(store::Dimension::kTarget, {}).value().size();
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
  int logged = 0;
  Rig rig(kSilent);
  for (const int signal : {SIGTERM, SIGINT}) {
    rig.daemon->WaitUntil("\"state\":\"live\"");
    rig.log.Deny(logged, 500);
    logged += 500;
    rig.daemon->WaitUntil("\"stream_lines\":500,");  // read, and perhaps not stored yet
    const base::SystemClock clock;
    const std::int64_t begin_ns = clock.MonotonicNs();
    CHECK(rig.daemon->Kill(signal) == base::ExitStatus{});
    CHECK(clock.MonotonicNs() - begin_ns < 5 * base::kSecondNs);
    CHECK_FALSE(std::filesystem::exists(rig.daemon->socket()));
    CHECK(StoredTargets(rig.daemon->database()) == static_cast<std::size_t>(logged));
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
  rig.daemon->WaitUntilSaid("stays as it was");
  CHECK(rig.daemon->Said().find(rig.daemon->config() +
                                ":8: source.heartbeat_ms must be a whole number from 10 to 3600000") != std::string::npos);
  CHECK(rig.daemon->Status().find("\"state\":\"live\"") != std::string::npos);
  rig.daemon->WriteConfig("source.heartbeat_ms = 150\n");
  CHECK(rig.daemon->Ask("{\"v\":1,\"id\":9,\"method\":\"reload\"}\n") == "{\"v\":1,\"id\":9,\"result\":{}}\n");
  rig.daemon->WaitUntil("\"state\":\"live\"");
  CHECK(rig.daemon->Said().find("the configuration was read again") != std::string::npos);
}

TEST_CASE("SIGHUP brings every key into force, or says which wait for the next start") {
  Rig rig(kSilent);
  rig.daemon->WaitUntil("\"state\":\"live\"");
  rig.log.Deny(0, 30);
  rig.daemon->WaitUntil("\"denials\":30,");
  rig.daemon->WriteConfig("source.heartbeat_ms = 100\nsource.heartbeat_limit_ms = 60000\nsocket.clients = 1\n"
                          "watch.recent_records = 0\nlog.level = \"warning\"\nlog.files = 7\n");
  rig.daemon->Signal(SIGHUP);
  rig.daemon->WaitUntilSaid("log.megabytes and log.files change at the next start only");
  protocol::Connection only = protocol::Connection::Open(rig.daemon->socket()).value();
  REQUIRE(only.Ask({.id = 1, .method = protocol::Method::kHello, .filter = {}}, test::kPatienceMs * base::kMillisecondNs));
  CHECK(ReadToEnd(Connect(rig.daemon->socket()).get()).find("too many clients") != std::string::npos);
  CHECK(rig.daemon->Said().find("the configuration was read again") == std::string::npos);  // only information
}

TEST_CASE("a limit of open files too low for the clients is raised") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  if (before.rlim_max < 400) return;
  rlimit low = before;
  low.rlim_cur = 80;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  Rig rig(kSilent);
  low.rlim_cur = 400;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  {
    std::vector<protocol::Connection> clients;
    for (int i = 0; i < 150; ++i) {
      CAPTURE(i);
      clients.push_back(protocol::Connection::Open(rig.daemon->socket()).value());
      REQUIRE(clients.back().Ask({.id = i, .method = protocol::Method::kHello, .filter = {}}, test::kPatienceMs * base::kMillisecondNs));
    }
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
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
  // What one of them gets fits into its socket, so nobody is cut off, however slow this thread is: a record that is sent
  // alone takes about a kilobyte of the socket's 200.
  constexpr int kRecords = 100;
  Rig rig(kSilent, 1, "source.heartbeat_ms = 100\nsource.heartbeat_limit_ms = 60000\nsocket.clients = 200\n");
  rig.daemon->WaitUntil("\"state\":\"live\"");
  std::vector<protocol::Connection> watchers;
  for (int i = 0; i < 200; ++i) {
    watchers.push_back(protocol::Connection::Open(rig.daemon->socket()).value());
    const protocol::Request watch{.id = i, .method = protocol::Method::kWatch, .filter = {}};
    REQUIRE(watchers.back().Ask(watch, test::kPatienceMs * base::kMillisecondNs));
  }
  CHECK(ReadToEnd(Connect(rig.daemon->socket()).get()) ==
        "{\"v\":1,\"id\":null,\"error\":{\"code\":\"busy\",\"message\":\"too many clients; close one and try again\"}}\n");
  rig.log.Deny(0, kRecords);
  std::vector<std::string> expected;
  for (int i = 0; i < kRecords; ++i) expected.push_back(fmt::format("/private/tmp/job/{}", i));
  const base::SystemClock clock;
  const std::int64_t deadline_ns = clock.MonotonicNs() + test::kPatienceMs * base::kMillisecondNs;
  for (protocol::Connection& watcher : watchers) {
    std::vector<std::string> seen;
    std::uint64_t last_seq = 0;
    while (seen.size() < expected.size()) {
      REQUIRE(clock.MonotonicNs() < deadline_ns);
      const bool open = watcher.ReadAvailable();
      while (const auto line = watcher.Next()) {
        const auto message = protocol::ParseServerMessage(*line).value();
        const auto* record = std::get_if<protocol::LiveRecord>(&message);
        if (record == nullptr) continue;
        CHECK(record->seq > last_seq);
        last_seq = record->seq;
        seen.push_back(record->target.value());
      }
      REQUIRE(open);
      if (seen.size() < expected.size()) Pause(5);
    }
    CHECK(seen == expected);
  }
}

TEST_CASE("a watcher that does not read is cut off with a marker, and slows nobody") {
  Rig rig(kSilent, 1, "source.heartbeat_ms = 100\nsource.heartbeat_limit_ms = 60000\nsocket.client_kilobytes = 64\n");
  rig.daemon->WaitUntil("\"state\":\"live\"");
  const base::Descriptor sleeper = Connect(rig.daemon->socket());
  const int small = 4096;
  ::setsockopt(sleeper.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  Send(sleeper.get(), "{\"v\":1,\"id\":1,\"method\":\"watch\"}\n");
  rig.daemon->WaitUntil("\"watching\":1");
  int logged = 0;
  for (; logged < 100'000 && rig.daemon->Status().find("\"watching\":0") == std::string::npos; logged += 500) {
    rig.log.Deny(logged, 500);
    rig.daemon->WaitUntil(fmt::format("\"read\":{},", logged + 500));
  }
  const std::string heard = ReadToEnd(sleeper.get());
  const std::size_t last = heard.rfind('\n', heard.size() - 2) + 1;
  const auto marker = protocol::ParseServerMessage(heard.substr(last, heard.size() - last - 1));
  REQUIRE(marker.has_value());
  REQUIRE(std::holds_alternative<protocol::LostEvent>(*marker));
  CHECK(std::get<protocol::LostEvent>(*marker).records > 0);
  rig.daemon->WaitUntil("\"cut_off\":1");
  CHECK(StoredTargets(rig.daemon->database()) == static_cast<std::size_t>(logged));
}

TEST_CASE("what the live log counted too long ago goes, by the configuration in force, and what is held stays") {
  test::StandinLog log;
  log.RecordDistinct(100);
  log.Play("play 0 1\n");
  test::RunningDaemon daemon(log);
  {
    std::filesystem::create_directories(std::filesystem::path(daemon.database()).parent_path());
    store::Store store = store::Store::OpenForWriting(daemon.database()).value();
    store::Import import = store::Import::Into(store, {.name = "live-old", .program = {}, .host = {}, .parameters = {}}, store::kLiveImport, 0);
    // A hundred and fifty days ago.
    log.PlayFrom(base::SystemClock().WallNs() - 150 * 86'400 * base::kSecondNs, "play 100 100\n");
    base::SystemLauncher launcher;
    const auto shown = base::RunToEnd(launcher, {.argv = {log.tool(), "show", "--style", "ndjson", "--start", "@1"}},
                                      test::kPatienceMs * base::kMillisecondNs, 1u << 30);
    ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(shown->out);
    REQUIRE(pipeline::ImportLog(reader, import, base::SystemClock(), {}, [](const pipeline::ImportProgress&) {}));
    const access::DenialGroup held{.process = "tool", .operation = "file-read-data", .target = "/private/tmp/job/7"};
    REQUIRE(store::Hold(store, "open suggestion", {&held, 1}));
  }
  log.Play("play 0 1\n");
  daemon.WriteConfig("store.keep_days = 200\nsource.heartbeat_ms = 50\nsource.heartbeat_limit_ms = 60000\n");
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  log.Deny(1000, 1);
  daemon.WaitUntil("\"read\":1,");
  CHECK(StoredTargets(daemon.database()) == 101);
  daemon.WriteConfig("source.heartbeat_ms = 50\nsource.heartbeat_limit_ms = 60000\n");
  daemon.Signal(SIGHUP);
  daemon.WaitUntilSaid("were removed: 99 of 99 kinds");
  CHECK(StoredTargets(daemon.database()) == 2);
}

TEST_CASE("while another program writes the database, reading goes on, and all is stored afterwards") {
  Rig rig(kSilent);
  rig.daemon->WaitUntil("\"state\":\"live\"");
  rig.log.Deny(0, 100);
  rig.daemon->WaitUntil("\"read\":100,");
  store::Store other = store::Store::OpenForWriting(rig.daemon->database()).value();
  REQUIRE(other.database().Execute("BEGIN IMMEDIATE"));
  rig.log.Deny(100, 300);
  rig.daemon->WaitUntil("\"stream_lines\":400,");
  CHECK(rig.daemon->Status().find("\"read\":100,") != std::string::npos);
  REQUIRE(other.database().Execute("COMMIT"));
  rig.daemon->WaitUntil("\"read\":400,");
  CHECK(StoredTargets(rig.daemon->database()) == 400);
}

TEST_CASE("a database that was moved away is told and waited for: nothing is written into a file without a name") {
  Rig rig(kSilent);
  rig.daemon->WaitUntil("\"state\":\"live\"");
  rig.log.Deny(0, 100);
  rig.daemon->WaitUntil("\"read\":100,");
  const std::string aside = rig.daemon->database() + ".aside";
  std::filesystem::rename(rig.daemon->database(), aside);
  rig.log.Deny(100, 300);
  rig.daemon->WaitUntil(rig.daemon->database() + " was removed or replaced while it was in use: put it back, or start "
                                                 "this program again for a new one");
  CHECK(rig.daemon->Status().find("\"read\":100,") != std::string::npos);
  std::filesystem::rename(aside, rig.daemon->database());
  rig.daemon->WaitUntil("\"read\":400,");
  CHECK(StoredTargets(rig.daemon->database()) == 400);
}
