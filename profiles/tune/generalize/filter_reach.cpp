#include "profiles/tune/generalize/filter_reach.h"

#include <algorithm>
#include <optional>

#include "profiles/catalog/glob.h"

namespace sbtune::tune {
namespace {

using catalog::Places;

// The part of a path below a root, if it lies there.
std::optional<std::string_view> Below(std::string_view root, std::string_view path) {
  if (root == "/") return path.substr(1);
  if (!path.starts_with(root)) return std::nullopt;
  if (path.size() == root.size()) return std::string_view();
  if (path[root.size()] != '/') return std::nullopt;
  return path.substr(root.size() + 1);
}

bool LeftOut(const PathFilter& filter, std::string_view path, const Places& places) {
  if (filter.leave_out.empty()) return false;
  const std::vector<catalog::PathStep> steps = catalog::StepsOf(path);
  return std::any_of(filter.leave_out.begin(), filter.leave_out.end(),
                     [&](std::uint32_t index) { return places.Matches(places.Floats()[index], steps); });
}

}  // namespace

bool Lets(const PathFilter& filter, std::string_view root, std::string_view path, const Places& places) {
  auto rest = Below(root, path);
  if (!rest) return false;
  for (const NamePattern& step : filter.steps) {
    if (rest->empty()) return false;
    const std::size_t slash = std::min(rest->find('/'), rest->size());
    if (!step.Matches(rest->substr(0, slash))) return false;
    rest->remove_prefix(std::min(slash + 1, rest->size()));
  }
  if (!rest->empty() && filter.kind != FilterKind::kTree) return false;
  const std::string_view next = rest->substr(0, std::min(rest->find('/'), rest->size()));
  if (std::binary_search(filter.holes.begin(), filter.holes.end(), next)) return false;
  return !LeftOut(filter, path, places);
}

PathFilter Folded(PathFilter filter) {
  for (NamePattern& step : filter.steps) {
    for (NamePiece& piece : step.pieces) {
      piece.text = catalog::FoldCase(piece.text);
      piece.alphabet = catalog::FoldCase(piece.alphabet);
    }
    for (std::string& ending : step.endings) ending = catalog::FoldCase(ending);
  }
  for (std::string& hole : filter.holes) hole = catalog::FoldCase(hole);
  std::sort(filter.holes.begin(), filter.holes.end());
  return filter;
}

std::vector<ReferenceTree::Node> OpenedIn(const ReferenceTree& tree, const PathFilter& filter,
                                          std::string_view root, const Places& places) {
  std::vector<ReferenceTree::Node> level;
  if (const auto start = tree.Find(root)) level.push_back(*start);
  for (const NamePattern& step : filter.steps) {
    std::vector<ReferenceTree::Node> next;
    for (const ReferenceTree::Node node : level) tree.Children(node, step, next);
    level = std::move(next);
  }
  if (filter.kind == FilterKind::kTree) {
    const std::size_t tops = level.size();
    for (std::size_t i = 0; i < level.size(); ++i) {
      const std::size_t before = level.size();
      tree.Children(level[i], level);
      if (i >= tops) continue;
      const auto fresh = level.begin() + static_cast<std::ptrdiff_t>(before);
      level.erase(std::remove_if(fresh, level.end(),
                                 [&](ReferenceTree::Node node) {
                                   return std::binary_search(filter.holes.begin(), filter.holes.end(), tree.NameOf(node));
                                 }),
                  level.end());
    }
  }
  std::erase_if(level, [&](ReferenceTree::Node node) { return LeftOut(filter, tree.Path(node), places); });
  return level;
}

}  // namespace sbtune::tune
