#include "profiles/sbpl/rule_index.h"

#include <algorithm>

#include <re2/re2.h>
#include <re2/set.h>

namespace sbtune::sbpl {
namespace {

using catalog::MatchKind;

constexpr std::size_t kRegexesForASet = 4;  // below, one search each is cheaper

bool IsUncertain(const StringTest& test) { return test.regex && !test.regex->syntax().uncertain.empty(); }

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

bool Later(const Clause& a, const Clause& b) {
  return a.position != b.position ? a.position > b.position : a.order < b.order;
}

}  // namespace

void Posting::Add(const Clause& clause) {
  if (clause.tree == nullptr && clause.test == nullptr) {
    certain = std::max<std::int64_t>(certain, clause.position);
  } else {
    to_check.push_back(clause);
  }
}

void Candidates::TakeClause(const Clause& clause, std::string_view text) {
  if (std::int64_t{clause.position} > certain) to_check.push_back({&clause, text});
}

void Candidates::Take(const Posting& posting, std::string_view text) {
  certain = std::max(certain, posting.certain);
  for (const Clause& clause : posting.to_check) TakeClause(clause, text);
}

void Candidates::Sort() {
  if (to_check.empty()) return;
  std::erase_if(to_check, [&](const Candidate& one) { return std::int64_t{one.clause->position} <= certain; });
  std::ranges::sort(to_check, Later, [](const Candidate& one) -> const Clause& { return *one.clause; });
}

// ---- TextIndex

std::uint32_t TextIndex::Split(std::uint32_t node, std::size_t at) {
  const auto lower = static_cast<std::uint32_t>(nodes_.size());
  nodes_.emplace_back();
  TreeNode& upper_node = nodes_[node];
  TreeNode& lower_node = nodes_[lower];
  lower_node = std::move(upper_node);
  upper_node = TreeNode();
  upper_node.label = lower_node.label.substr(0, at);
  lower_node.label.erase(0, at);
  upper_node.edges.push_back({static_cast<unsigned char>(lower_node.label.front()), lower});
  return node;
}

std::uint32_t TextIndex::NodeFor(std::string_view key) {
  std::uint32_t at = 0;
  while (!key.empty()) {
    const auto byte = static_cast<unsigned char>(key.front());
    auto& edges = nodes_[at].edges;
    const auto edge = std::ranges::lower_bound(edges, byte, {}, &Edge::byte);
    if (edge == edges.end() || edge->byte != byte) {
      const auto added = static_cast<std::uint32_t>(nodes_.size());
      edges.insert(edge, {byte, added});
      nodes_.emplace_back();
      nodes_.back().label = key;
      return added;
    }
    const std::uint32_t child = edge->node;
    const std::string& label = nodes_[child].label;
    const std::size_t common =
        static_cast<std::size_t>(std::ranges::mismatch(label, key).in1 - label.begin());
    if (common < label.size()) Split(child, common);
    key.remove_prefix(common);
    at = child;
  }
  return at;
}

void TextIndex::Add(MatchKind kind, std::string_view key, const Clause& clause) {
  TreeNode& node = nodes_[NodeFor(key)];
  std::int32_t& slot = kind == MatchKind::kExact ? node.exact : kind == MatchKind::kSubpath ? node.subpath : node.prefix;
  if (slot < 0) {
    slot = static_cast<std::int32_t>(postings_.size());
    postings_.emplace_back();
  }
  postings_[static_cast<std::size_t>(slot)].Add(clause);
}

void TextIndex::Find(std::string_view text, Candidates& found) const {
  const auto take = [&](std::int32_t slot) {
    if (slot >= 0) found.Take(postings_[static_cast<std::size_t>(slot)], text);
  };
  const TreeNode* node = &nodes_.front();
  std::string_view rest = text;
  char last = '\0';
  for (;;) {
    take(node->prefix);
    if (rest.empty()) take(node->exact);
    if (rest.empty() || rest.front() == '/' || last == '/') take(node->subpath);
    if (rest.empty()) return;
    const auto byte = static_cast<unsigned char>(rest.front());
    const auto edge = std::ranges::lower_bound(node->edges, byte, {}, &Edge::byte);
    if (edge == node->edges.end() || edge->byte != byte) return;
    node = &nodes_[edge->node];
    if (!rest.starts_with(node->label)) return;
    rest.remove_prefix(node->label.size());
    last = node->label.back();
  }
}

// ---- RegexIndex

struct RegexIndex::Set {
  RE2::Set set;
  std::vector<Posting> postings;
};

RegexIndex::RegexIndex() = default;
RegexIndex::~RegexIndex() = default;
RegexIndex::RegexIndex(RegexIndex&&) noexcept = default;

void RegexIndex::Add(const Clause& clause) { clauses_.push_back(clause); }

void RegexIndex::Build() {
  std::ranges::sort(clauses_, Later);
  if (clauses_.size() < kRegexesForASet) return;
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_never_capture(true);
  options.set_log_errors(false);
  options.set_max_mem(64 << 20);
  auto set = std::make_unique<Set>(Set{RE2::Set(options, RE2::UNANCHORED), {}});
  for (const Clause& clause : clauses_) {
    if (set->set.Add(clause.test->regex->syntax().translated, nullptr) < 0) return;
    Clause found = clause;
    found.test = nullptr;  // the set has run it
    set->postings.emplace_back().Add(found);
  }
  if (set->set.Compile()) set_ = std::move(set);
}

void RegexIndex::Find(std::string_view text, Candidates& found) const {
  if (set_ != nullptr) {
    std::vector<int> matched;
    RE2::Set::ErrorInfo error{RE2::Set::kNoError};
    const bool any = set_->set.Match(re2::StringPiece(text.data(), text.size()), &matched, &error);
    if (any || error.kind == RE2::Set::kNoError) {
      for (const int which : matched) found.Take(set_->postings[static_cast<std::size_t>(which)], text);
      return;
    }
  }
  for (const Clause& clause : clauses_) {
    const std::string& required = clause.test->regex->syntax().required;
    if (text.find(required) != std::string_view::npos) found.TakeClause(clause, text);
  }
}

// ---- RuleIndex

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
