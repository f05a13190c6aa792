#include "profiles/regions/spellings.h"

#include <algorithm>

#include "profiles/sbpl/decide/filter_tree.h"

namespace sbtune::regions {

void Spellings::Add(const sbpl::Profile& profile) {
  std::vector<const sbpl::Filter*> work;
  for (const sbpl::Rule& rule : profile.rules) {
    for (const sbpl::Filter& filter : rule.filters) work.push_back(&filter);
  }
  while (!work.empty()) {
    const sbpl::Filter& filter = *work.back();
    work.pop_back();
    for (const sbpl::Filter& sub : filter.subfilters) work.push_back(&sub);
    if (filter.name.ends_with("regex")) continue;
    for (const sbpl::Argument& argument : filter.arguments) {
      const auto* text = std::get_if<std::string>(&argument.value);
      if (text != nullptr && text->starts_with('/')) known_.emplace_back(sbpl::Lowered(*text), *text);
    }
  }
  std::ranges::sort(known_);
  const auto rest = std::ranges::unique(known_, {}, [](const auto& entry) { return entry.first; });
  known_.erase(rest.begin(), rest.end());
}

std::string Spellings::Of(std::string folded) const {
  // Among sorted texts the neighbours of the place share the longest beginning.
  const auto at = std::ranges::lower_bound(known_, folded, {}, [](const auto& entry) { return entry.first; });
  std::string best = folded;
  std::size_t longest = 0;
  const auto consider = [&](const auto& entry) {
    const auto [mine, theirs] = std::ranges::mismatch(folded, entry.first);
    const auto common = static_cast<std::size_t>(mine - folded.begin());
    if (common <= longest) return;
    longest = common;
    best = entry.second.substr(0, common) + folded.substr(common);
  };
  if (at != known_.end()) consider(*at);
  if (at != known_.begin()) consider(*std::prev(at));
  return best;
}

void Spellings::Apply(Piece& piece) const {
  std::vector<Piece*> work = {&piece};
  while (!work.empty()) {
    Piece& at = *work.back();
    work.pop_back();
    if (at.kind == Kind::kPath) {
      if (at.shape != Piece::Shape::kNamed) at.text = Of(at.text);
      at.within = Of(at.within);
    }
    for (Piece& hole : at.except) work.push_back(&hole);
  }
}

}  // namespace sbtune::regions
