// The paths of a machine, to count what a rule would open. From a list of paths, one a line.
//
//   ReferenceTree tree = ReferenceTree::FromPaths(text);
//   tree.Below(*tree.Find("/usr/lib"));   // paths under it, itself included
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/tune/generalize/name_pattern.h"

namespace sbtune::tune {

class ReferenceTree {
 public:
  // Lines that do not begin with a slash are passed over. Memory: about 60 bytes a path.
  [[nodiscard]] static ReferenceTree FromPaths(std::string_view text);

  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;

  [[nodiscard]] std::optional<Node> Find(std::string_view path) const;
  [[nodiscard]] std::optional<Node> Child(Node node, std::string_view name) const;
  // Both append.
  void Children(Node node, const NamePattern& pattern, std::vector<Node>& out) const;
  void Children(Node node, std::vector<Node>& out) const;
  [[nodiscard]] std::uint64_t Below(Node node) const { return below_[node]; }
  [[nodiscard]] std::uint64_t size() const { return below_[kRoot]; }
  [[nodiscard]] std::string Path(Node node) const;
  // A view into the tree.
  [[nodiscard]] std::string_view NameOf(Node node) const {
    return std::string_view(text_).substr(entries_[node].name, entries_[node].name_size);
  }

 private:
  // Children of a node stand side by side, by name; a node's number is less than its children's.
  struct Entry {
    std::uint32_t parent = 0;
    std::uint32_t name = 0;  // into text_
    std::uint32_t name_size = 0;
    std::uint32_t first_child = 0;
    std::uint32_t children = 0;
  };
  std::string text_;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> below_;
};

}  // namespace sbtune::tune
