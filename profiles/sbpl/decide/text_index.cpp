#include "profiles/sbpl/decide/text_index.h"

#include <algorithm>

#include <re2/re2.h>
#include <re2/set.h>

namespace sbtune::sbpl {
namespace {

using catalog::MatchKind;

constexpr std::size_t kRegexesForASet = 4;     // below, one search each is cheaper
constexpr std::int64_t kSetMemory = 64 << 20;  // bytes

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
  options.set_max_mem(kSetMemory);
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

}  // namespace sbtune::sbpl
