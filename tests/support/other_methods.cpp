#include "tests/support/other_methods.h"

#include <algorithm>
#include <map>
#include <set>

namespace sbtune::test {
namespace {

using tune::FilterKind;
using tune::GeneralRule;
using tune::PathDenial;
using tune::PathFilter;
using tune::Placement;

using Names = std::vector<std::string>;
struct Seen {
  std::string operation;
  std::uint32_t root = 0;
  Names names;
  auto operator<=>(const Seen&) const = default;
};

std::set<Seen> PlaceAll(std::span<const PathDenial> denials, const Placement& placement) {
  std::set<Seen> all;
  for (const PathDenial& denial : denials) {
    for (const std::uint32_t run : denial.runs) {
      const tune::Placed placed = placement.Place(denial.path, run);
      Seen seen{denial.operation, placed.root, {}};
      std::string_view rest = placed.rest;
      while (!rest.empty()) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        seen.names.emplace_back(rest.substr(0, slash));
        rest.remove_prefix(std::min(slash + 1, rest.size()));
      }
      all.insert(std::move(seen));
    }
  }
  return all;
}

GeneralRule Rule(const Seen& seen, FilterKind kind, std::size_t length) {
  GeneralRule rule;
  rule.operations = {seen.operation};
  rule.filter.kind = kind;
  rule.filter.root = seen.root;
  for (std::size_t i = 0; i < length; ++i)
    rule.filter.steps.push_back(tune::NamePattern::Plain(seen.names[i]));
  return rule;
}

Seen Folder(const Seen& seen, std::size_t length) {
  Seen folder = seen;
  folder.names.resize(length);
  return folder;
}

}  // namespace

std::vector<GeneralRule> LiteralRules(std::span<const PathDenial> denials, const Placement& placement) {
  std::vector<GeneralRule> rules;
  for (const Seen& seen : PlaceAll(denials, placement))
    rules.push_back(Rule(seen, FilterKind::kLiteral, seen.names.size()));
  return rules;
}

std::vector<GeneralRule> ManyChildrenRules(std::span<const PathDenial> denials, const Placement& placement) {
  const std::set<Seen> all = PlaceAll(denials, placement);
  std::map<Seen, std::set<std::string>> children;
  for (const Seen& seen : all) {
    for (std::size_t i = 0; i < seen.names.size(); ++i) children[Folder(seen, i)].insert(seen.names[i]);
  }
  std::set<Seen> folders;
  for (const auto& [folder, names] : children) {
    if (names.size() > 3 && (folder.root != 0 || !folder.names.empty())) folders.insert(folder);
  }
  std::vector<GeneralRule> rules;
  std::set<Seen> used;
  for (const Seen& seen : all) {
    std::size_t length = seen.root == 0 ? 1 : 0;
    while (length <= seen.names.size() && !folders.contains(Folder(seen, length))) ++length;
    if (length > seen.names.size()) {
      rules.push_back(Rule(seen, FilterKind::kLiteral, seen.names.size()));
    } else if (used.insert(Folder(seen, length)).second) {
      rules.push_back(Rule(seen, FilterKind::kTree, length));
    }
  }
  return rules;
}

std::vector<GeneralRule> DepthThreeRules(std::span<const PathDenial> denials, const Placement& placement) {
  std::vector<GeneralRule> rules;
  std::set<Seen> used;
  for (const Seen& seen : PlaceAll(denials, placement)) {
    const std::string& value = placement.roots()[seen.root].values.front();
    const std::size_t above =
        value == "/" ? 0 : static_cast<std::size_t>(std::count(value.begin(), value.end(), '/'));
    const std::size_t cut = above < 3 ? 3 - above : 0;
    if (seen.names.size() < cut) {
      rules.push_back(Rule(seen, FilterKind::kLiteral, seen.names.size()));
    } else if (used.insert(Folder(seen, cut)).second) {
      rules.push_back(Rule(seen, FilterKind::kTree, cut));
    }
  }
  return rules;
}

}  // namespace sbtune::test
