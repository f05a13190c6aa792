#include "profiles/sbpl/edit/layout.h"

#include <algorithm>
#include <map>
#include <utility>

#include "profiles/sbpl/edit/line_ends.h"
#include "profiles/sbpl/edit/rule_form.h"

namespace sbtune::sbpl {
namespace {

// Counts votes; the winner is the one with most, the first in order at a tie.
template <typename T>
class Ballot {
 public:
  void Vote(const T& value) { ++votes_[value]; }
  [[nodiscard]] T Winner(const T& otherwise) const {
    const auto best = std::max_element(votes_.begin(), votes_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return best == votes_.end() ? otherwise : best->first;
  }

 private:
  std::map<T, int> votes_;
};

struct Ballots {
  Ballot<std::string> indent;
  Ballot<Closing> closing;
  Ballot<FilterLines> one_filter;
  Ballot<FilterLines> many_filters;
};

std::string ObserveNewline(std::string_view text) {
  const auto lines = std::count(text.begin(), text.end(), '\n');
  std::ptrdiff_t with_return = 0;
  for (std::size_t at = text.find("\r\n"); at != std::string_view::npos; at = text.find("\r\n", at + 2)) {
    ++with_return;
  }
  return with_return * 2 > lines ? "\r\n" : "\n";
}

void ObserveForm(std::string_view text, const RuleForm& form, Ballots& ballots) {
  std::vector<base::SourceRange> filters;
  for (const FormPart& part : form.parts) {
    if (part.kind == FormPart::Kind::kList && part.word != "with") filters.push_back(part.range);
  }
  if (filters.empty()) return;
  const auto lead = LineLead(text, filters.front().offset);
  const FilterLines lines = lead ? FilterLines::kOneEach : FilterLines::kInline;
  (filters.size() == 1 ? ballots.one_filter : ballots.many_filters).Vote(lines);
  const bool at_margin = LineLead(text, form.range.offset) == "";
  if (lead && at_margin) ballots.indent.Vote(std::string(*lead));
  if (lead) {
    const bool own_line = LineLead(text, form.range.offset + form.range.length - 1).has_value();
    ballots.closing.Vote(own_line ? Closing::kOwnLine : Closing::kBehindLast);
  }
}

}  // namespace

Layout ObserveLayout(const Profile& profile, const ProfileMap& map, std::uint32_t fragment) {
  const std::string_view text = profile.sources.Text(profile.fragments[fragment]);
  Ballots ballots;
  for (const base::SourceRange& range : map.Forms(fragment)) {
    const std::optional<RuleForm> form = ReadRuleForm(profile.sources, range);
    if (form && (form->head == "allow" || form->head == "deny")) ObserveForm(text, *form, ballots);
  }
  Layout layout;
  layout.newline = ObserveNewline(text);
  layout.indent = ballots.indent.Winner(layout.indent);
  layout.closing = ballots.closing.Winner(layout.closing);
  layout.one_filter = ballots.one_filter.Winner(layout.one_filter);
  layout.many_filters = ballots.many_filters.Winner(layout.many_filters);
  return layout;
}

namespace {

using Spellings = std::map<std::string, Ballot<std::string>, std::less<>>;

void VoteFilter(const Filter& filter, const catalog::Catalog& catalog, Spellings& spellings) {
  const catalog::Filter* known = catalog.FindFilter(filter.spelled);
  if (known != nullptr && known->name == filter.name) spellings[filter.name].Vote(filter.spelled);
  for (const Filter& inner : filter.subfilters) VoteFilter(inner, catalog, spellings);
}

void VoteOperation(const RuleOperation& operation, const catalog::Catalog& catalog, Spellings& spellings) {
  const auto known = catalog.FindOperation(operation.spelled);
  if (known && known->operation != nullptr && known->operation->name == operation.name) {
    spellings[operation.name].Vote(operation.spelled);
  }
}

}  // namespace

Words ObserveWords(const Profile& profile, const catalog::Catalog& catalog) {
  Spellings filters;
  Spellings operations;
  for (const Rule& rule : profile.rules) {
    const bool own = std::find(profile.fragments.begin(), profile.fragments.end(), rule.range.source) !=
                     profile.fragments.end();
    if (!own) continue;
    for (const Filter& filter : rule.filters) VoteFilter(filter, catalog, filters);
    for (const RuleOperation& operation : rule.operations) VoteOperation(operation, catalog, operations);
  }
  Words words;
  for (const auto& [name, ballot] : filters) words.filters[name] = ballot.Winner(name);
  for (const auto& [name, ballot] : operations) words.operations[name] = ballot.Winner(name);
  for (const Helper& helper : profile.helpers) words.functions.insert(helper.name);
  return words;
}

}  // namespace sbtune::sbpl
