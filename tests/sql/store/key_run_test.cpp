#include "sql/store/key_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "sql/store/evidence.h"
#include "sql/store/sort.h"

using namespace sbtune;
using namespace sbtune::store;

namespace {

using Multiset = std::map<std::uint64_t, std::uint32_t>;

KeyRun FromMap(const Multiset& keys) {
  KeyRun run;
  for (const auto& [key, count] : keys) run.Add(key, count);
  return run;
}

Multiset ToMap(const KeyRun& run) {
  Multiset keys;
  for (std::size_t i = 0; i < run.size(); ++i) keys[run.keys[i]] = run.CountAt(i);
  return keys;
}

Multiset RandomKeys(std::mt19937_64& random, std::size_t size, std::uint64_t range) {
  Multiset keys;
  for (std::size_t i = 0; i < size; ++i) ++keys[random() % range];
  return keys;
}

}  // namespace

TEST_CASE("runs of any sizes match and merge as maps do") {
  std::mt19937_64 random(1);
  for (const std::size_t left_size : {0u, 1u, 5u, 300u, 4000u}) {
    for (const std::size_t right_size : {0u, 1u, 7u, 300u, 5000u}) {
      for (const std::uint64_t range : {4u, 500u, 1'000'000u}) {
        CAPTURE(left_size);
        CAPTURE(right_size);
        CAPTURE(range);
        const Multiset left = RandomKeys(random, left_size, range);
        const Multiset right = RandomKeys(random, right_size, range);
        std::vector<Match> matches;
        FindMatches(FromMap(left), FromMap(right), matches);
        std::vector<std::uint64_t> common;
        for (const Match match : matches) {
          common.push_back(FromMap(left).keys[match.left]);
          CHECK(FromMap(right).keys[match.right] == common.back());
        }
        std::vector<std::uint64_t> expected;
        Multiset sum = right;
        for (const auto& [key, count] : left) {
          if (right.contains(key)) expected.push_back(key);
          sum[key] += count;
        }
        CHECK(common == expected);
        CHECK(ToMap(Merge(FromMap(left), FromMap(right))) == sum);
      }
    }
  }
}

TEST_CASE("a run survives its way through the database's bytes") {
  for (const Multiset& keys : {Multiset{}, Multiset{{5, 1}, {9, 1}}, Multiset{{5, 1}, {9, 3}, {~0ull, 1}}}) {
    const KeyRun run = FromMap(keys);
    CHECK(FromBytes(KeyBytes(run), CountBytes(run)) == run);
  }
}

TEST_CASE("a key tells identities and kinds apart and remembers the kind") {
  using access::IdentityKind;
  const std::uint64_t key = MakeKey(1, 2, IdentityKind::kEvent);
  CHECK(KindOfKey(key) == IdentityKind::kEvent);
  CHECK(KindOfKey(MakeKey(1, 2, IdentityKind::kPlace)) == IdentityKind::kPlace);
  CHECK(key == MakeKey(1, 2, IdentityKind::kEvent));
  CHECK(key != MakeKey(2, 1, IdentityKind::kEvent));
  CHECK(key != MakeKey(1, 3, IdentityKind::kEvent));
  CHECK(key != MakeKey(1, 2, IdentityKind::kTimed));
}

TEST_CASE("entries sort by key however many there are and however the keys lie") {
  std::mt19937_64 random(2);
  for (const std::size_t size : {0u, 1u, 63u, 64u, 1000u, 50'000u}) {
    for (const std::uint64_t mask : {~0ull, 0xFFull, 0xFF00000000000000ull, 0ull}) {
      CAPTURE(size);
      CAPTURE(mask);
      std::vector<Entry> entries;
      for (std::uint32_t i = 0; i < size; ++i) entries.push_back({random() & mask, i, i, i});
      std::vector<std::uint64_t> expected;
      for (const Entry& entry : entries) expected.push_back(entry.key);
      std::sort(expected.begin(), expected.end());
      std::vector<Entry> scratch;
      SortByKey(entries, scratch);
      std::vector<std::uint64_t> sorted;
      std::vector<bool> seen(size, false);
      for (const Entry& entry : entries) {
        sorted.push_back(entry.key);
        seen[entry.group] = entry.group == entry.extra && entry.time_ns == entry.group;
      }
      CHECK(sorted == expected);
      CHECK(std::count(seen.begin(), seen.end(), true) == static_cast<std::ptrdiff_t>(size));
    }
  }
}
