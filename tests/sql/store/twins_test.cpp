// Reports of sandboxd about the kernel's denials: the same thing told twice counts once.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "sql/store/sightings.h"
#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::test;
using access::Provenance;

namespace {

Record Kernel(Record record) {
  record.view.provenance = Provenance::kKernel;
  return record;
}

Record Sandboxd(Record record) {
  record.view.provenance = Provenance::kSandboxd;
  return record;
}

std::uint64_t CountAll(StoreFixture& fixture) {
  std::uint64_t count = 0;
  for (const access::DenialGroup& group : fixture.Groups()) count += group.count;
  return count;
}

}  // namespace

TEST_CASE("a report near a denial is the same denial, in either order, in one batch or in several imports") {
  const Record denial = Kernel(Denial("cat", "file-read-data", "/x", kStart));
  for (const std::int64_t distance : {-2 * kSecond, -kSecond, std::int64_t{0}, 2 * kSecond}) {
    CAPTURE(distance);
    const Record report = Sandboxd(Report("cat", "file-read-data", "/x", kStart + distance));
    for (const std::vector<std::vector<Batch>>& imports :
         {std::vector<std::vector<Batch>>{{{denial, report}}}, {{{report, denial}}}, {{{denial}, {report}}},
          {{{report}, {denial}}}, {{{denial}}, {{report}}}, {{{report}}, {{denial}}}}) {
      StoreFixture fixture;
      std::uint64_t merged = 0;
      for (const std::vector<Batch>& import : imports) merged += fixture.Import("r", import).reports_merged;
      CHECK(merged == 1);
      const std::vector<access::DenialGroup> groups = fixture.Groups();
      REQUIRE(groups.size() == 1);
      CHECK(groups[0].provenance == Provenance::kKernel);
      CHECK(groups[0].count == 1);
      CHECK(fixture.Stats(store::Dimension::kOperation).at(0).count == 1);
    }
  }
}

TEST_CASE("a report that is not about the same denial counts as one") {
  const Record denial = Kernel(Denial("cat", "file-read-data", "/x", kStart));
  const auto untrusted = [](Record record) {
    record.view.provenance = Provenance::kUntrusted;
    return record;
  };
  struct Row {
    const char* why;
    Record denial, report;
  };
  for (const Row& row : {Row{"too late", denial, Sandboxd(Report("cat", "file-read-data", "/x", kStart + 3 * kSecond))},
                         Row{"too early", denial, Sandboxd(Report("cat", "file-read-data", "/x", kStart - 3 * kSecond))},
                         Row{"other pid", denial, Sandboxd(Report("cat", "file-read-data", "/x", kStart, 101))},
                         Row{"other operation", denial, Sandboxd(Report("cat", "file-read-xattr", "/x", kStart))},
                         Row{"other target", denial, Sandboxd(Report("cat", "file-read-data", "/y", kStart))},
                         Row{"no target", denial, Sandboxd(Report("cat", "file-read-data", std::nullopt, kStart))},
                         Row{"forged report", denial, untrusted(Report("cat", "file-read-data", "/x", kStart))},
                         Row{"forged denial", untrusted(denial), Sandboxd(Report("cat", "file-read-data", "/x", kStart))}}) {
    CAPTURE(row.why);
    StoreFixture fixture;
    CHECK(fixture.Import("r", {{row.denial, row.report}}).reports_merged == 0);
    CHECK(CountAll(fixture) == 2);
    CHECK(fixture.Groups().size() == 2);
  }
}

TEST_CASE("what a report knows of platform policy stays with the denial, whoever comes first") {
  Record report = Sandboxd(Report("cat", "file-read-data", "/x", kStart));
  report.view.platform_policy = true;
  const Record denial = Kernel(Denial("cat", "file-read-data", "/x", kStart));
  const Record other = Kernel(Denial("cat", "file-read-data", "/y", kStart));
  Record forged = denial;
  forged.view.provenance = Provenance::kUntrusted;
  forged = WithIdentity(forged, access::IdentityKind::kTimed, 5);
  for (const Batch& log : {Batch{report, denial, other, forged}, Batch{forged, denial, other, report}}) {
    StoreFixture fixture;
    fixture.Import("r", {log});
    std::vector<std::string> policies;
    for (const access::DenialGroup& group : fixture.Groups()) {
      if (group.platform_policy) policies.push_back(*group.target + " " + std::string(Name(group.provenance)));
    }
    CHECK(policies == std::vector<std::string>{"/x kernel"});
  }
}

TEST_CASE("a report that was alone for a while leaves nothing behind when its denial turns up") {
  StoreFixture fixture;
  fixture.Import("reports", {{Sandboxd(Report("cat", "file-read-data", "/x", kStart))}});
  CHECK(fixture.Groups().at(0).provenance == Provenance::kSandboxd);
  CHECK(fixture.Stats(store::Dimension::kHour).at(0).count == 1);
  fixture.Import("kernel", {{Kernel(Denial("cat", "file-read-data", "/x", kStart))}});

  StoreFixture straight;
  straight.Import("kernel", {{Kernel(Denial("cat", "file-read-data", "/x", kStart))}});
  CHECK(fixture.Dump() == straight.Dump());
}

TEST_CASE("denials and reports give the same counts in any order, cut into any batches and imports") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    Batch log;
    for (int i = 0; i < 60; ++i) {
      const std::string target = fmt::format("/{}", random() % 4);
      const auto time = kStart + static_cast<std::int64_t>(random() % 20) * kSecond;
      const auto pid = static_cast<std::int64_t>(1 + random() % 2);
      Record record = random() % 2 == 0 ? Kernel(Denial("cat", "file-read-data", target, time, pid))
                                        : Sandboxd(Report("cat", "file-read-data", target, time, pid));
      record.view.platform_policy = record.view.kind == access::RecordKind::kReport && random() % 4 == 0;
      log.push_back(WithIdentity(record, access::IdentityKind::kEvent, static_cast<std::uint64_t>(i)));
    }
    std::uint64_t expected = 0;
    for (const Record& record : log) {
      const bool has_twin = std::any_of(log.begin(), log.end(), [&](const Record& other) {
        return other.view.kind == access::RecordKind::kDenial && other.view.pid == record.view.pid &&
               other.target == record.target &&
               std::abs(*other.view.time_ns - *record.view.time_ns) <= 2 * kSecond;
      });
      expected += record.view.kind == access::RecordKind::kDenial || !has_twin ? 1 : 0;
    }
    std::string dump;
    for (int order = 0; order < 4; ++order) {
      std::shuffle(log.begin(), log.end(), random);
      StoreFixture fixture;
      for (std::size_t at = 0; at < log.size();) {
        std::vector<Batch> batches;
        for (std::uint64_t b = 1 + random() % 3; b > 0 && at < log.size(); --b) {
          const std::size_t size = std::min<std::size_t>(1 + random() % 20, log.size() - at);
          batches.emplace_back(log.begin() + static_cast<std::ptrdiff_t>(at),
                               log.begin() + static_cast<std::ptrdiff_t>(at + size));
          at += size;
        }
        fixture.Import("r", batches, 1 + random() % 2);
      }
      CHECK(CountAll(fixture) == expected);
      if (order == 0) dump = fixture.Dump();
      CHECK(fixture.Dump() == dump);
    }
  }
}

TEST_CASE("sightings survive packing, and damaged bytes end them quietly") {
  std::mt19937_64 random(6);
  std::vector<std::pair<std::uint32_t, std::int64_t>> pairs;
  for (int i = 0; i < 1000; ++i) {
    pairs.emplace_back(static_cast<std::uint32_t>(random()), static_cast<std::int64_t>(random() >> (1 + random() % 60)));
  }
  std::string data;
  store::SightingWriter writer(data);
  for (const auto& [twin, time_ns] : pairs) writer.Add(twin, time_ns);
  std::size_t i = 0;
  store::VisitSightings(data, [&](std::uint32_t twin, std::int64_t time_ms) {
    CHECK(twin == pairs.at(i).first);
    CHECK(time_ms == pairs.at(i).second / store::kMillisecondNs);
    ++i;
  });
  CHECK(i == pairs.size());
  for (std::size_t size = 0; size < 200; ++size) {
    std::size_t visited = 0;
    store::VisitSightings(std::string_view(data).substr(0, size), [&](std::uint32_t, std::int64_t) { ++visited; });
    CHECK(visited <= size / 5);
  }
}
