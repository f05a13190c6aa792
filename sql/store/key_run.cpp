#include "sql/store/key_run.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "core/base/result.h"

namespace sbtune::store {
namespace {

static_assert(std::endian::native == std::endian::little, "the BLOBs are little-endian words");

constexpr std::size_t kSearchInsteadOfWalk = 16;  // times smaller: then searching is cheaper than walking

std::uint32_t SaturatingAdd(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t sum = std::uint64_t{a} + b;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

// No branch depends on the order of the keys, which nobody can predict.
void Walk(const KeyRun& left, const KeyRun& right, std::vector<Match>& matches) {
  const std::uint64_t* a = left.keys.data();
  const std::uint64_t* b = right.keys.data();
  const std::size_t a_size = left.size();
  const std::size_t b_size = right.size();
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a_size && j < b_size) {
    const std::uint64_t x = a[i];
    const std::uint64_t y = b[j];
    if (x == y) matches.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j)});
    i += x <= y ? 1 : 0;
    j += y <= x ? 1 : 0;
  }
}

// Calls found(index in few, index in many).
template <typename Found>
void Search(const KeyRun& few, const KeyRun& many, Found found) {
  auto from = many.keys.begin();
  for (std::size_t i = 0; i < few.size(); ++i) {
    from = std::lower_bound(from, many.keys.end(), few.keys[i]);
    if (from == many.keys.end()) return;
    if (*from == few.keys[i]) found(i, static_cast<std::size_t>(from - many.keys.begin()));
  }
}

}  // namespace

std::uint64_t MakeKey(std::uint64_t identity_low, std::uint64_t identity_high, access::IdentityKind kind) {
  // splitmix64's finalizer: every bit of the identity reaches every bit of the key.
  std::uint64_t x = identity_low + std::rotl(identity_high, 32) * 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  x ^= x >> 31;
  return (x & ~std::uint64_t{3}) | static_cast<std::uint64_t>(kind);
}

void KeyRun::Add(std::uint64_t key, std::uint32_t count) {
  if (count != 1 && counts.empty()) counts.assign(keys.size(), 1);
  keys.push_back(key);
  if (!counts.empty() || count != 1) counts.push_back(count);
}

void KeyRun::Clear() {
  keys.clear();
  counts.clear();
}

void FindMatches(const KeyRun& left, const KeyRun& right, std::vector<Match>& matches) {
  if (left.size() * kSearchInsteadOfWalk < right.size()) {
    Search(left, right, [&](std::size_t i, std::size_t j) {
      matches.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(j)});
    });
  } else if (right.size() * kSearchInsteadOfWalk < left.size()) {
    Search(right, left, [&](std::size_t i, std::size_t j) {
      matches.push_back({static_cast<std::uint32_t>(j), static_cast<std::uint32_t>(i)});
    });
  } else {
    Walk(left, right, matches);
  }
}

KeyRun Merge(const KeyRun& left, const KeyRun& right) {
  KeyRun out;
  out.keys.reserve(left.size() + right.size());
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    if (j == right.size() || (i < left.size() && left.keys[i] < right.keys[j])) {
      out.Add(left.keys[i], left.CountAt(i));
      ++i;
    } else if (i == left.size() || right.keys[j] < left.keys[i]) {
      out.Add(right.keys[j], right.CountAt(j));
      ++j;
    } else {
      out.Add(left.keys[i], SaturatingAdd(left.CountAt(i), right.CountAt(j)));
      ++i;
      ++j;
    }
  }
  return out;
}

std::string_view KeyBytes(const KeyRun& run) {
  return {reinterpret_cast<const char*>(run.keys.data()), run.keys.size() * sizeof(std::uint64_t)};
}

std::string_view CountBytes(const KeyRun& run) {
  return {reinterpret_cast<const char*>(run.counts.data()), run.counts.size() * sizeof(std::uint32_t)};
}

KeyRun FromBytes(std::string_view keys, std::string_view counts) {
  KeyRun run;
  run.keys.resize(keys.size() / sizeof(std::uint64_t));
  if (!run.keys.empty()) std::memcpy(run.keys.data(), keys.data(), run.keys.size() * sizeof(std::uint64_t));
  // A damaged file may hold counts of another length: then every key counts once.
  if (counts.size() == run.keys.size() * sizeof(std::uint32_t) && !counts.empty()) {
    run.counts.resize(run.keys.size());
    std::memcpy(run.counts.data(), counts.data(), counts.size());
  }
  return run;
}

}  // namespace sbtune::store
