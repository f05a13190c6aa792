// Where rules of a kind live: for a set of operations, the fragment and the form behind which a new rule for them
// stands among its like. The nearest kin counts: rules of exactly these operations, then of what they descend to
// and from, parent by parent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/edit/profile_map.h"

namespace sbtune::sbpl {

class Kinship {
 public:
  Kinship(const Profile& profile, const ProfileMap& map, const catalog::Catalog& catalog);

  struct Spot {
    std::uint32_t fragment = 0;
    std::optional<std::uint32_t> form;  // absent: at the end of the fragment
  };
  [[nodiscard]] Spot SpotFor(const std::vector<std::string>& operations) const;

 private:
  struct Count {
    std::uint32_t rules = 0;
    std::uint32_t last_form = 0;
  };
  using Counts = std::vector<Count>;  // per fragment
  void Note(Counts& counts, FormPlace place);
  [[nodiscard]] std::optional<Spot> Best(const std::vector<const Counts*>& relatives) const;

  const catalog::Catalog& catalog_;
  std::vector<Counts> exact_;     // per operation id: rules that name it
  std::vector<Counts> families_;  // per operation id: rules that name it or a descendant
  std::uint32_t general_ = 0;     // the fragment that has rules for most kinds
};

}  // namespace sbtune::sbpl
