// The store's memory of which records it has counted: sorted runs of 64-bit keys, a few thousand to a few hundred
// thousand in one BLOB, instead of one B-tree row a record. Written once, compared by merging.
//
// A key is a hash of the record's identity; its two lowest bits are the IdentityKind. Two different records that
// share a key count as one: with N keys in the store, that has happened to any of them with a probability of about
// N² / 2^63 (5 million records: 3 in a million; a thousand million: 1 in 9).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/access/record.h"

namespace sbtune::store {

[[nodiscard]] std::uint64_t MakeKey(std::uint64_t identity_low, std::uint64_t identity_high,
                                    access::IdentityKind kind);
[[nodiscard]] inline access::IdentityKind KindOfKey(std::uint64_t key) {
  return static_cast<access::IdentityKind>(key & 3);
}

// A multiset of keys: strictly ascending, counts[i] times keys[i]. Without `counts`, each key once.
struct KeyRun {
  std::vector<std::uint64_t> keys;
  std::vector<std::uint32_t> counts;

  [[nodiscard]] std::size_t size() const { return keys.size(); }
  [[nodiscard]] std::uint32_t CountAt(std::size_t i) const { return counts.empty() ? 1 : counts[i]; }
  void Add(std::uint64_t key, std::uint32_t count);  // greater than every key before it
  void Clear();
  bool operator==(const KeyRun&) const = default;
};

struct Match {
  std::uint32_t left;  // index of the same key in either run
  std::uint32_t right;
};

// Every key that stands in both, ascending; appended to `matches`. Costs one pass over both, or a binary search
// for each key of the smaller one where that is cheaper.
void FindMatches(const KeyRun& left, const KeyRun& right, std::vector<Match>& matches);

// The sum of both multisets.
[[nodiscard]] KeyRun Merge(const KeyRun& left, const KeyRun& right);

// As BLOBs: little-endian words.
[[nodiscard]] std::string_view KeyBytes(const KeyRun& run);
[[nodiscard]] std::string_view CountBytes(const KeyRun& run);  // empty: each once
[[nodiscard]] KeyRun FromBytes(std::string_view keys, std::string_view counts);

}  // namespace sbtune::store
