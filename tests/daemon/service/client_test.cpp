#include "daemon/service/client.h"

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "core/base/clock.h"

using namespace sbtune;
using namespace sbtune::service;
using base::kSecondNs;

namespace {

struct Rig {
  base::Descriptor theirs;
  std::optional<Client> client;
  std::vector<std::string> lines;
  explicit Rig(const ClientLimits& limits = {}) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    theirs = base::Descriptor(ends[0]);
    base::Descriptor ours(ends[1]);
    const int small = 4096;
    ::setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    REQUIRE(base::SetNonBlocking(ours.get()));
    REQUIRE(base::SetNonBlocking(theirs.get()));
    client.emplace(std::move(ours), limits, 0);
  }
  void Say(std::string_view bytes, std::int64_t now_ns) {
    REQUIRE(base::WriteAvailable(theirs.get(), bytes) == bytes.size());
    client->Read(now_ns, [&](std::string_view line) { lines.emplace_back(line); });
  }
  std::string Hear() {
    std::string bytes;
    while (base::ReadAvailable(theirs.get(), bytes, 1u << 16) == base::ReadOutcome::kBytes) {
    }
    return bytes;
  }
};

}  // namespace

TEST_CASE("requests come whole, however they are cut") {
  Rig rig;
  rig.Say("on", 0);
  rig.Say("e\ntwo\nth", 0);
  rig.Say("ree\n", 0);
  CHECK(rig.lines == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("who says nothing, or does not end a line, or does not read, is closed in time") {
  Rig silent;
  CHECK(silent.client->NextTimeNs() == 30 * kSecondNs);
  silent.client->CheckTime(30 * kSecondNs - 1);
  CHECK_FALSE(silent.client->closed());
  silent.client->CheckTime(30 * kSecondNs);
  CHECK(silent.client->closed());

  Rig dribbling;
  dribbling.Say("a\nb", 5 * kSecondNs);
  dribbling.Say("c", 14 * kSecondNs);  // more of the same line does not buy more time
  CHECK(dribbling.client->NextTimeNs() == 15 * kSecondNs);
  dribbling.client->CheckTime(15 * kSecondNs);
  CHECK(dribbling.client->closed());

  Rig deaf;
  deaf.Say("a\n", 0);
  CHECK_FALSE(deaf.client->NextTimeNs().has_value());  // asked, and owed nothing: may stay for ever
  deaf.client->Send(std::string(200'000, 'x') + "\n", kSecondNs);
  CHECK(deaf.client->WantsToWrite());
  CHECK(deaf.client->NextTimeNs() == 11 * kSecondNs);
  deaf.client->CheckTime(11 * kSecondNs);
  CHECK(deaf.client->closed());
}

TEST_CASE("a slow client loses whole lines, is told how many, and is closed") {
  Rig rig(ClientLimits{.out_bytes = 100'000});
  std::string line(999, 'x');
  line += '\n';
  for (int i = 0; i < 300 && !rig.client->was_cut_off(); ++i) rig.client->Send(line, 0);
  REQUIRE(rig.client->was_cut_off());
  std::string heard;
  for (int i = 0; i < 100 && !rig.client->closed(); ++i) {
    heard += rig.Hear();
    rig.client->Write(0);
  }
  heard += rig.Hear();
  CHECK(rig.client->closed());
  const std::size_t last = heard.rfind('\n', heard.size() - 2) + 1;
  CHECK(last % 1000 == 0);  // whole lines before it
  const std::uint64_t sent = last / 1000;
  const auto message = protocol::ParseServerMessage(heard.substr(last, heard.size() - last - 1)).value();
  // Lines sent and lines lost make up all that was given until then.
  CHECK(std::get<protocol::LostEvent>(message).records >= 95);
  CHECK(sent > 0);
}

TEST_CASE("a watcher sees what comes after the number it was given, through its filter") {
  Rig rig;
  protocol::LiveRecord record;
  record.seq = 5;
  record.process = "git";
  CHECK_FALSE(rig.client->Wants(record));
  protocol::RecordFilter filter;
  filter.process.only = {"git"};
  rig.client->Watch(filter, 5);
  CHECK_FALSE(rig.client->Wants(record));
  record.seq = 6;
  CHECK(rig.client->Wants(record));
  record.process = "cat";
  CHECK_FALSE(rig.client->Wants(record));
}
