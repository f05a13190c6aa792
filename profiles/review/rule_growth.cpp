#include "profiles/review/rule_growth.h"

#include <algorithm>

#include <fmt/format.h>

#include "profiles/sbpl/print.h"

namespace sbtune::review {
namespace {

struct Piece {
  access::Action action;
  std::string text;
  bool boundless = false;  // a whole family of operations without any filter
};

// One piece for each operation and filter of every rule, in evaluation order.
std::vector<Piece> Pieces(const sbpl::Profile& profile) {
  std::vector<Piece> pieces;
  for (const sbpl::Rule& rule : profile.rules) {
    for (const sbpl::RuleOperation& operation : rule.operations) {
      sbpl::Rule one = rule;
      one.operations = {operation};
      const bool family = operation.name == "default" || operation.name.ends_with('*');
      if (rule.filters.empty()) pieces.push_back({rule.action, sbpl::Print(one), family});
      for (const sbpl::Filter& filter : rule.filters) {
        one.filters = {filter};
        pieces.push_back({rule.action, sbpl::Print(one)});
      }
    }
  }
  return pieces;
}

}  // namespace

RuleGrowth CompareRules(const sbpl::Profile& before, const sbpl::Profile& after) {
  const std::vector<Piece> old = Pieces(before);
  RuleGrowth growth;
  std::size_t next = 0;
  for (const Piece& piece : Pieces(after)) {
    if (next < old.size() && old[next].text == piece.text) {
      ++next;
    } else if (piece.action != access::Action::kAllow) {
      const bool is_old = std::any_of(old.begin() + static_cast<std::ptrdiff_t>(next), old.end(),
                                      [&](const Piece& other) { return other.text == piece.text; });
      if (is_old) break;  // the one that we wait for is missing
      growth.problem = fmt::format("it adds {}, which is no allow rule", piece.text);
      return growth;
    } else if (piece.boundless) {
      growth.problem = fmt::format("it adds {}, which no suggestion ever is", piece.text);
      return growth;
    } else {
      growth.added.push_back(piece.text);
    }
  }
  if (next < old.size()) growth.problem = fmt::format("it removes, changes or moves {}", old[next].text);
  return growth;
}

}  // namespace sbtune::review
