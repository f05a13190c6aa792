// Accesses near and beside the evidence, whose decisions an edit must leave alone: what the profile denies by name,
// what was recorded, and the neighbours of what is to be allowed (parent, child, sibling, other spelling, other
// operations on the same target).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/profile.h"
#include "profiles/sbpl/query.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/sift.h"

namespace sbtune::tune {

struct Probe {
  sbpl::Query query;
};

inline constexpr std::size_t kMaxNeighbourSeeds = 1'000;  // wants whose neighbours are probed, evenly spread
inline constexpr std::size_t kMaxDenyProbes = 20'000;

[[nodiscard]] std::vector<Probe> MakeCheckSet(std::span<const Evidence> evidence, std::span<const Want> wants,
                                              const sbpl::Profile& profile, const catalog::Catalog& catalog);

}  // namespace sbtune::tune
