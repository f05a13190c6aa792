#include "profiles/sbpl/decide/rule_index.h"

#include <algorithm>

namespace sbtune::sbpl {
namespace {

using catalog::MatchKind;

// Whether every text that the leaf may match is found by looking its tests up.
bool CanIndex(const Leaf& leaf) {
  if (!LogMayCarry(leaf.base)) return false;
  if (leaf.kind == Leaf::Kind::kNumber) return true;
  if (leaf.kind != Leaf::Kind::kString) return false;
  return std::ranges::none_of(leaf.tests, IsUncertain);
}

// Leaves of which at least one must be fulfilled for the filter to be fulfilled or unknown. None: no such set.
void RequiredLeaves(const Node& node, std::vector<const Leaf*>& leaves, bool& found) {
  switch (node.kind) {
    case Node::Kind::kLeaf:
      found = CanIndex(node.leaf);
      if (found) leaves.push_back(&node.leaf);
      return;
    case Node::Kind::kNot: found = false; return;
    case Node::Kind::kAny:
      found = true;
      for (const Node& child : node.children) {
        bool child_found = false;
        RequiredLeaves(child, leaves, child_found);
        found = found && child_found;
      }
      return;
    case Node::Kind::kAll: break;
  }
  // Any one child will do; the one that asks for the target itself is in every query.
  found = false;
  std::vector<const Leaf*> best;
  for (const Node& child : node.children) {
    std::vector<const Leaf*> own;
    bool child_found = false;
    RequiredLeaves(child, own, child_found);
    if (!child_found) continue;
    const auto on_target = [](const std::vector<const Leaf*>& list) {
      return std::ranges::all_of(list, [](const Leaf* leaf) { return leaf->base == "path" || leaf->base == "global-name"; });
    };
    if (!found || (on_target(own) && !on_target(best))) best = std::move(own);
    found = true;
  }
  leaves.insert(leaves.end(), best.begin(), best.end());
}

}  // namespace

void RuleIndex::Add(std::uint32_t position, const Node& filters) {
  for (std::size_t i = 0; i < filters.children.size(); ++i) {
    AddFilter(position, static_cast<std::uint32_t>(i), filters.children[i]);
  }
}

void RuleIndex::AddFilter(std::uint32_t position, std::uint32_t order, const Node& filter) {
  std::vector<const Leaf*> leaves;
  bool found = false;
  RequiredLeaves(filter, leaves, found);
  if (!found) {
    always_.push_back({position, order, &filter, nullptr});
    return;
  }
  const Node* tree = filter.kind == Node::Kind::kLeaf ? nullptr : &filter;
  for (const Leaf* leaf : leaves) AddLeaf({position, order, tree, nullptr}, *leaf);
}

FactIndex& RuleIndex::IndexOf(const Leaf& leaf) {
  const auto found = std::ranges::find(facts_, leaf.base, [](const auto& index) -> const std::string& { return index->name; });
  if (found != facts_.end()) return **found;
  FactIndex& added = *facts_.emplace_back(std::make_unique<FactIndex>());
  added.name = leaf.base;
  added.is_path = leaf.base == "path";
  added.filter = catalog_->FindFilter(leaf.base);
  added.folds_case = leaf.folds_case;
  return added;
}

void RuleIndex::AddLeaf(const Clause& clause, const Leaf& leaf) {
  FactIndex& index = IndexOf(leaf);
  for (const std::int64_t number : leaf.numbers) index.numbers[number].Add(clause);
  for (const StringTest& test : leaf.tests) {
    if (test.kind != MatchKind::kRegex) {
      index.texts.Add(test.kind, test.text, clause);
      continue;
    }
    Clause by_regex = clause;
    by_regex.test = &test;
    const std::string& prefix = test.regex->syntax().prefix;
    if (prefix.empty()) {
      index.regexes.Add(by_regex);
    } else {
      index.texts.Add(MatchKind::kPrefix, prefix, by_regex);
    }
  }
}

void RuleIndex::Build() {
  for (const auto& index : facts_) index->regexes.Build();
}

bool RuleIndex::FindByFact(const FactIndex& index, std::string_view text, Candidates& found) const {
  if (!index.numbers.empty()) {
    const auto number = index.filter == nullptr ? std::nullopt : ParseFilterNumber(*index.filter, text);
    if (!number) return false;
    if (const auto at = index.numbers.find(*number); at != index.numbers.end()) found.Take(at->second, text);
  }
  index.texts.Find(text, found);
  if (!index.regexes.empty()) index.regexes.Find(text, found);
  return true;
}

bool RuleIndex::Find(const Subject& subject, Candidates& found) const {
  for (const auto& index : facts_) {
    std::string_view text;
    if (index->is_path && subject.has_path) {
      if (subject.has_second_path) return false;
      text = subject.path;
    } else if (const auto own = subject.query->facts.find(index->name); own != subject.query->facts.end()) {
      if (own->second.size() != 1) return false;
      text = own->second.front();
      if (index->folds_case) text = found.texts.emplace_back(Lowered(text));
    } else if (CannotApply(index->name, *subject.query)) {
      continue;
    } else {
      return false;
    }
    if (!FindByFact(*index, text, found)) return false;
  }
  for (const Clause& clause : always_) found.TakeClause(clause, {});
  found.Sort();
  return true;
}

}  // namespace sbtune::sbpl
