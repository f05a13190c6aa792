#include "profiles/tune/generalize/reference_tree.h"

#include <algorithm>

namespace sbtune::tune {

ReferenceTree ReferenceTree::FromPaths(std::string_view text) {
  std::vector<std::string_view> paths;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.ends_with('/') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('/')) paths.push_back(line);
  }
  // By components, so that what lies in a folder stands together: the slash sorts before every other byte.
  std::sort(paths.begin(), paths.end(), [](std::string_view a, std::string_view b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
      const auto order = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
      return order(x) < order(y);
    });
  });
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());

  ReferenceTree tree;
  struct Range {
    std::size_t begin = 0;  // of paths
    std::size_t end = 0;
    std::size_t depth = 0;  // bytes of the path that lead to the node
  };
  std::vector<Range> ranges{{0, paths.size(), 0}};
  tree.entries_.push_back({});
  for (std::size_t node = 0; node < ranges.size(); ++node) {
    const Range range = ranges[node];
    std::size_t at = range.begin;
    while (at < range.end && paths[at].size() <= range.depth) ++at;  // the node's own path
    tree.entries_[node].first_child = static_cast<std::uint32_t>(ranges.size());
    while (at < range.end) {
      const std::size_t begin = range.depth + 1;
      const std::string_view name = paths[at].substr(begin, paths[at].find('/', begin) - begin);
      const std::size_t depth = begin + name.size();
      std::size_t end = at + 1;
      while (end < range.end && paths[end].substr(begin, paths[end].find('/', begin) - begin) == name) ++end;
      Entry entry;
      entry.parent = static_cast<std::uint32_t>(node);
      entry.name = static_cast<std::uint32_t>(tree.text_.size());
      entry.name_size = static_cast<std::uint32_t>(name.size());
      tree.text_ += name;
      tree.entries_.push_back(entry);
      ranges.push_back({at, end, depth});
      at = end;
    }
    tree.entries_[node].children =
        static_cast<std::uint32_t>(ranges.size()) - tree.entries_[node].first_child;
  }
  tree.below_.assign(tree.entries_.size(), 1);
  for (std::size_t node = tree.entries_.size(); node-- > 1;) {
    tree.below_[tree.entries_[node].parent] += tree.below_[node];
  }
  return tree;
}

std::optional<ReferenceTree::Node> ReferenceTree::Child(Node node, std::string_view name) const {
  std::uint32_t low = entries_[node].first_child;
  std::uint32_t high = low + entries_[node].children;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (NameOf(middle) < name) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const std::uint32_t end = entries_[node].first_child + entries_[node].children;
  return low < end && NameOf(low) == name ? std::optional(low) : std::nullopt;
}

void ReferenceTree::Children(Node node, const NamePattern& pattern, std::vector<Node>& out) const {
  const std::uint32_t first = entries_[node].first_child;
  for (std::uint32_t child = first; child < first + entries_[node].children; ++child) {
    if (pattern.Matches(NameOf(child))) out.push_back(child);
  }
}

void ReferenceTree::Children(Node node, std::vector<Node>& out) const {
  const Entry entry = entries_[node];
  for (std::uint32_t child = entry.first_child; child < entry.first_child + entry.children; ++child)
    out.push_back(child);
}

std::optional<ReferenceTree::Node> ReferenceTree::Find(std::string_view path) const {
  Node node = kRoot;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (name.empty()) continue;
    const auto child = Child(node, name);
    if (!child) return std::nullopt;
    node = *child;
  }
  return node;
}

std::string ReferenceTree::Path(Node node) const {
  if (node == kRoot) return "/";
  std::vector<Node> chain;
  for (; node != kRoot; node = entries_[node].parent) chain.push_back(node);
  std::string path;
  for (std::size_t i = chain.size(); i-- > 0;) {
    path += '/';
    path += NameOf(chain[i]);
  }
  return path;
}

}  // namespace sbtune::tune
