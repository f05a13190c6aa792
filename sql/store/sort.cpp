#include "sql/store/sort.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "sql/store/evidence.h"

namespace sbtune::store {
namespace {

constexpr std::size_t kTooFewToScatter = 64;
constexpr std::size_t kEntriesPerBucket = 4;
constexpr std::size_t kMaxBucketBits = 16;
constexpr std::ptrdiff_t kInsertionLimit = 32;

bool Before(const Entry& a, const Entry& b) { return a.key < b.key; }

void FinishBucket(std::vector<Entry>::iterator begin, std::vector<Entry>::iterator end) {
  if (end - begin > kInsertionLimit) {
    std::sort(begin, end, Before);
    return;
  }
  for (auto at = begin; at != end; ++at) {
    const Entry entry = *at;
    auto hole = at;
    for (; hole != begin && entry.key < (hole - 1)->key; --hole) *hole = *(hole - 1);
    *hole = entry;
  }
}

}  // namespace

void SortByKey(std::vector<Entry>& entries, std::vector<Entry>& scratch) {
  if (entries.size() < kTooFewToScatter) {
    std::sort(entries.begin(), entries.end(), Before);
    return;
  }
  const std::size_t bits = std::min<std::size_t>(std::bit_width(entries.size() / kEntriesPerBucket), kMaxBucketBits);
  const std::size_t shift = 64 - bits;
  std::vector<std::uint32_t> starts((std::size_t{1} << bits) + 1, 0);
  for (const Entry& entry : entries) ++starts[(entry.key >> shift) + 1];
  for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
  scratch.resize(entries.size());
  std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
  for (const Entry& entry : entries) scratch[next[entry.key >> shift]++] = entry;
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    FinishBucket(scratch.begin() + starts[i], scratch.begin() + starts[i + 1]);
  }
  entries.swap(scratch);
}

}  // namespace sbtune::store
