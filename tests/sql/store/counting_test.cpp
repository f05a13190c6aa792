// What counts: the same record once, a repeated one as often as it occurs, whatever the order and the batches.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include <fmt/format.h>

#include "sql/store/database.h"
#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::test;
using access::IdentityKind;

namespace {

std::uint64_t CountAll(StoreFixture& fixture) {
  std::uint64_t count = 0;
  for (const access::DenialGroup& group : fixture.Groups()) count += group.count;
  return count;
}

std::vector<Batch> Cut(const Batch& records, std::mt19937_64& random) {
  std::vector<Batch> batches(1);
  for (const Record& record : records) {
    if (random() % 7 == 0) batches.emplace_back();
    batches.back().push_back(record);
  }
  return batches;
}

// What the store must have counted, the slow and obvious way.
class Model {
 public:
  void Import(const Batch& records) {
    std::map<std::pair<IdentityKind, std::uint64_t>, std::uint64_t> here;
    for (const Record& record : records) {
      std::uint64_t& count = here[{record.view.identity_kind, record.view.identity_low}];
      count = record.view.identity_kind == IdentityKind::kTimed ? count + 1 : 1;
    }
    for (const auto& [identity, count] : here) counted_[identity] = std::max(counted_[identity], count);
  }
  [[nodiscard]] std::uint64_t Count() const {
    std::uint64_t sum = 0;
    for (const auto& [identity, count] : counted_) sum += count;
    return sum;
  }

 private:
  std::map<std::pair<IdentityKind, std::uint64_t>, std::uint64_t> counted_;
};

}  // namespace

TEST_CASE("a file imported twice counts once, also under another run") {
  StoreFixture fixture;
  const Batch log = {Denial("cat", "file-read-data", "/etc/hosts", kStart),
                     Denial("cat", "file-read-data", "/etc/hosts", kStart + kSecond),
                     Denial("ls", "file-read-metadata", std::nullopt, kStart + 2 * kSecond)};
  const store::ImportTotals first = fixture.Import("one", {log});
  CHECK(first.read.denials == 3);
  CHECK(first.already_known == 0);
  const std::string before = fixture.Dump();
  const store::ImportTotals again = fixture.Import("one", {log});
  CHECK(again.read.denials == 3);
  CHECK(again.already_known == 3);
  CHECK(fixture.Import("two", {log}).already_known == 3);
  CHECK(fixture.Dump() == before);
}

TEST_CASE("a line that stands twice counts twice, and the same two lines of another capture are the same") {
  StoreFixture fixture;
  const Record line = Denial("cat", "file-read-data", "/etc/hosts", kStart);
  CHECK(fixture.Import("a", {{line, line}}).already_known == 0);
  CHECK(CountAll(fixture) == 2);
  CHECK(fixture.Import("b", {{line}, {line}, {line}}).already_known == 2);
  CHECK(CountAll(fixture) == 3);
  CHECK(fixture.Import("c", {{line}}).already_known == 1);
  CHECK(CountAll(fixture) == 3);
}

TEST_CASE("an event counts once even within one import") {
  StoreFixture fixture;
  const Record event = WithIdentity(Denial("cat", "file-read-data", "/etc/hosts", kStart), IdentityKind::kEvent, 77);
  CHECK(fixture.Import("a", {{event, event}, {event}}).already_known == 2);
  CHECK(CountAll(fixture) == 1);
}

TEST_CASE("an event whose time differs a little between two captures is still the same, over midnight too") {
  StoreFixture fixture;
  const std::int64_t midnight = (kStart / store::kDayNs + 1) * store::kDayNs;
  const auto at = [&](std::int64_t time_ns) {
    return WithIdentity(Denial("cat", "file-read-data", "/etc/hosts", time_ns), IdentityKind::kEvent, 77);
  };
  fixture.Import("stream", {{at(midnight - 3'000'000)}});
  CHECK(fixture.Import("show", {{at(midnight + 9'000'000)}}).already_known == 1);
  CHECK(CountAll(fixture) == 1);
}

TEST_CASE("a grown file adds what is new, for every kind of identity") {
  for (const IdentityKind kind : {IdentityKind::kEvent, IdentityKind::kTimed, IdentityKind::kPlace}) {
    StoreFixture fixture;
    Batch log;
    for (std::uint64_t i = 0; i < 50; ++i) {
      Record record = WithIdentity(Denial("cat", "file-read-data", "/x", kStart + static_cast<std::int64_t>(i)), kind,
                                   i * 0x9E3779B97F4A7C15u);
      record.view.offset = i * 100;
      if (kind == IdentityKind::kPlace) record.view.time_ns.reset();
      log.push_back(record);
    }
    const Batch head(log.begin(), log.begin() + 20);
    fixture.Import("a", {head});
    const store::ImportTotals grown = fixture.Import("a", {Batch(log.begin(), log.begin() + 33),
                                                           Batch(log.begin() + 33, log.end())});
    CHECK(grown.already_known == 20);
    CHECK(CountAll(fixture) == 50);
  }
}

TEST_CASE("any imports in any batches count as the obvious bookkeeping does") {
  std::mt19937_64 random(4);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    StoreFixture fixture;
    Model model;
    const std::uint64_t identities = 1 + random() % 60;
    const std::int64_t spread = round % 3 == 0 ? 1 : round % 3 == 1 ? 10 * kSecond : 3 * store::kDayNs;
    for (int import = 0; import < 5; ++import) {
      Batch log;
      for (std::uint64_t i = random() % 200; i > 0; --i) {
        const std::uint64_t identity = random() % identities;
        const auto kind = static_cast<IdentityKind>(identity % 3);
        // The time belongs to the record: the same identity always carries the same one.
        const auto time = static_cast<std::int64_t>(identity * 0x9E3779B97F4A7C15u >> 1) % spread;
        Record record = WithIdentity(Denial("cat", fmt::format("op{}", identity % 5), "/x", kStart + time), kind, identity);
        record.view.offset = identity;
        if (kind == IdentityKind::kPlace || identity % 11 == 0) record.view.time_ns.reset();
        log.push_back(record);
      }
      if (import % 2 == 0) std::sort(log.begin(), log.end(), [](const Record& a, const Record& b) {
        return a.view.time_ns.value_or(0) < b.view.time_ns.value_or(0);
      });
      model.Import(log);
      fixture.Import("r", Cut(log, random), 1 + random() % 4);
      CHECK(CountAll(fixture) == model.Count());
      if (import == 2) fixture.Reopen();
    }
  }
}

TEST_CASE("many batches over the same seconds join their runs instead of piling them up") {
  StoreFixture fixture;
  std::vector<Batch> batches;
  for (std::uint64_t b = 0; b < 64; ++b) {
    Batch batch;
    for (std::uint64_t i = 0; i < 700; ++i) {
      batch.push_back(Denial("cat", "file-read-data", fmt::format("/{}/{}", b, i),
                             kStart + static_cast<std::int64_t>(i % 10) * kSecond));
    }
    batches.push_back(std::move(batch));
  }
  fixture.Import("r", batches);
  CHECK(CountAll(fixture) == 64 * 700);
  const base::Result<std::int64_t> runs = fixture.store().database().Scalar("SELECT count(*) FROM key_runs");
  REQUIRE(runs.has_value());
  CHECK(*runs <= 8);
  CHECK(fixture.Import("r", batches).already_known == 64 * 700);
}

TEST_CASE("groups are told apart by everything that matters, and by nothing else") {
  StoreFixture fixture;
  Record plain = Denial("cat", "file-read-data", "/x", kStart);
  Batch log = {plain};
  const auto add = [&](auto change) {
    Record other = WithIdentity(plain, IdentityKind::kTimed, log.size() + 1000);
    change(other);
    log.push_back(other);
  };
  add([](Record&) {});
  add([](Record& record) { record.view.pid = 7; });
  add([](Record& record) { record.process = "ca"; record.operation = "tfile-read-data"; });
  add([](Record& record) { record.target.reset(); });
  add([](Record& record) { record.target = ""; });
  add([](Record& record) { record.tag = ""; });
  add([](Record& record) { record.view.provenance = access::Provenance::kUntrusted; });
  add([](Record& record) { record.view.ambiguous = true; });
  add([](Record& record) { record.view.platform_policy = true; });
  add([](Record& record) { record.view.action = access::Action::kAllow; record.view.kind = access::RecordKind::kAllow; });
  const store::ImportTotals totals = fixture.Import("r", {log});
  CHECK(totals.read == store::RecordCounts{.records = 11, .denials = 10, .allows = 1, .untrusted = 1, .ambiguous = 1});
  const std::vector<access::DenialGroup> groups = fixture.Groups({.action = std::nullopt});
  CHECK(groups.size() == 9);
  CHECK(groups.front().count == 3);
  CHECK(fixture.Groups().size() == 8);
}

TEST_CASE("duplicates are counted apart and need no record of their own") {
  StoreFixture fixture;
  fixture.Import("r", {{Denial("cat", "file-read-data", "/x", kStart),
                        Duplicates("cat", "file-read-data", "/x", kStart + kSecond, 5),
                        Duplicates("cat", "file-read-data", "/x", kStart + 2 * kSecond, 2),
                        Duplicates("ls", "file-read-data", "/y", kStart, 3)}});
  const std::vector<access::DenialGroup> groups = fixture.Groups();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0] == access::DenialGroup{.process = "cat", .operation = "file-read-data", .target = "/x",
                                         .runs = {"r"}, .count = 1, .duplicates = 7, .first_seen_ns = kStart,
                                         .last_seen_ns = kStart + 2 * kSecond});
  CHECK(groups[1].count == 0);
  CHECK(groups[1].duplicates == 3);
}

TEST_CASE("names and targets of any bytes come back as they were") {
  StoreFixture fixture;
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  fixture.Import("r", {{Denial(bytes, "op\0x", bytes + "t", kStart), Denial("", "", "", kStart)}});
  const std::vector<access::DenialGroup> groups = fixture.Groups();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].process.empty());
  CHECK(groups[0].target == "");
  CHECK(groups[1].process == bytes);
  CHECK(groups[1].target == bytes + "t");
}
