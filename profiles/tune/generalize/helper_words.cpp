#include "profiles/tune/generalize/helper_words.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "profiles/sbpl/edit/string_literal.h"
#include "profiles/tune/generalize/filter_text.h"

namespace sbtune::tune {
namespace {

// The string that the helper has to be called with to make `value`.
std::optional<std::string_view> Inner(const sbpl::Helper& helper, std::string_view value) {
  const bool fits = helper.prefix.size() + helper.suffix.size() < value.size() && value.starts_with(helper.prefix) &&
                    value.ends_with(helper.suffix);
  if (!fits) return std::nullopt;
  const std::string_view inner =
      value.substr(helper.prefix.size(), value.size() - helper.prefix.size() - helper.suffix.size());
  // Whole components: "/opt/li" + "b" would be right, and nobody would write it.
  const bool whole = helper.prefix.ends_with('/') || inner.starts_with('/');
  return whole && helper.prefix.size() > 2 ? std::optional(inner) : std::nullopt;
}

const sbpl::Helper* Find(const sbpl::Profile& profile, std::string_view name) {
  const auto found = std::find_if(profile.helpers.begin(), profile.helpers.end(),
                                  [&](const sbpl::Helper& helper) { return helper.name == name; });
  return found == profile.helpers.end() ? nullptr : &*found;
}

const std::string* ValueOf(const sbpl::Filter& filter) {
  return filter.arguments.size() == 1 ? std::get_if<std::string>(&filter.arguments[0].value) : nullptr;
}

}  // namespace

void HelperWords::Use(std::span<sbpl::Filter> filters) const {
  std::vector<sbpl::Filter*> leaves;
  for (sbpl::Filter& filter : filters) {
    sbpl::Filter* leaf = &filter;
    while (!leaf->subfilters.empty()) leaf = &leaf->subfilters.front();
    if (ValueOf(*leaf) == nullptr) return;
    leaves.push_back(leaf);
  }
  const sbpl::Helper* best = nullptr;
  std::string_view best_inner;
  for (const sbpl::Helper& helper : contexts_.front().profile->helpers) {
    if (helper.filter != leaves.front()->name) continue;
    const auto inner = Inner(helper, *ValueOf(*leaves.front()));
    if (!inner || (best != nullptr && best_inner.size() <= inner->size())) continue;
    bool same = true;
    for (std::size_t i = 1; i < leaves.size() && same; ++i) {
      const sbpl::Helper* there = Find(*contexts_[i].profile, helper.name);
      same = there != nullptr && Inner(*there, *ValueOf(*leaves[i])) == inner;
    }
    if (!same) continue;
    best = &helper;
    best_inner = *inner;
  }
  if (best == nullptr) return;
  std::string text;
  if (best->filter == "path-regex") {
    text = RegexLiteral(best_inner);
  } else {
    auto literal = sbpl::StringLiteral(best_inner);
    if (!literal) return;
    text = std::move(*literal);
  }
  leaves.front()->spelled = best->name;
  leaves.front()->arguments[0].alias = std::move(text);
}

}  // namespace sbtune::tune
