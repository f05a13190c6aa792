#include "profiles/tune/generalize/located.h"

#include <algorithm>
#include <iterator>

namespace sbtune::tune {
namespace {

// How many paths a folder holds at this depth, where no reference tree tells: rounded from a few Macs' and
// Linux machines' trees. Only orders of magnitude matter.
double DepthSize(std::size_t depth) {
  constexpr double kSizes[] = {2'000'000, 500'000, 60'000, 4'000, 600, 200, 100, 60};
  return kSizes[std::min(depth, std::size(kSizes) - 1)];
}
constexpr double kUsualOwnSize = 100;

std::vector<std::vector<ReferenceTree::Node>> PlacesIn(const ReferenceTree& tree, const EvidenceTree& evidence,
                                                       const Placement& placement) {
  std::vector<std::vector<ReferenceTree::Node>> located(evidence.nodes.size());
  for (std::uint32_t node = 0; node < evidence.nodes.size(); ++node) {
    const TreeNode& it = evidence.nodes[node];
    if (it.parent == node) {
      for (const std::string& value : placement.roots()[it.root].values) {
        if (const auto found = tree.Find(value)) located[node].push_back(*found);
      }
      continue;
    }
    for (const ReferenceTree::Node parent : located[it.parent]) {
      if (!it.name.IsPlain()) {
        tree.Children(parent, it.name, located[node]);
      } else if (const auto child = tree.Child(parent, it.name.PlainText())) {
        located[node].push_back(*child);
      }
    }
  }
  return located;
}

// A folder holds what folders of its name or depth hold, and at least what the folders seen in it do. In what is the
// program's own nothing was before it came: there the evidence counts, and not once more for each folder.
std::vector<double> UsualSizes(const EvidenceTree& evidence, const Placement& placement, const catalog::Places& places) {
  std::vector<double> usual(evidence.nodes.size(), 1);
  std::vector<double> seen(evidence.nodes.size(), 1);
  std::vector<bool> folder(evidence.nodes.size(), false);
  for (std::size_t i = evidence.nodes.size(); i-- > 0;) {
    const auto node = static_cast<std::uint32_t>(i);
    const TreeNode& it = evidence.nodes[node];
    if (folder[node]) {
      if (it.own) {
        usual[node] = std::max(seen[node], kUsualOwnSize);
      } else {
        const auto form = AbsoluteForms(placement.roots()[it.root], evidence.Steps(node)).front();
        usual[node] = std::max(usual[node], std::max(places.UsualSize(form), DepthSize(form.size())));
      }
    }
    if (it.parent == node) continue;
    folder[it.parent] = true;
    usual[it.parent] += usual[node];
    seen[it.parent] += seen[node];
  }
  return usual;
}

}  // namespace

Located Locate(const EvidenceTree& evidence, const Placement& placement, const catalog::Places& places,
               const ReferenceTree* tree) {
  if (tree != nullptr) return {PlacesIn(*tree, evidence, placement), {}};
  return {std::vector<std::vector<ReferenceTree::Node>>(evidence.nodes.size()), UsualSizes(evidence, placement, places)};
}

}  // namespace sbtune::tune
