// Sorts entries by key. Keys are hashes, so one scatter by their highest bits leaves buckets of a handful, which
// insertion finishes: about a fifth of std::sort's time. A skewed input only costs std::sort's time.
#pragma once

#include <vector>

namespace sbtune::store {

struct Entry;

void SortByKey(std::vector<Entry>& entries, std::vector<Entry>& scratch);

}  // namespace sbtune::store
