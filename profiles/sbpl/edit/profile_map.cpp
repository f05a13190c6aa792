#include "profiles/sbpl/edit/profile_map.h"

#include <algorithm>

namespace sbtune::sbpl {

ProfileMap::ProfileMap(const Profile& profile) : profile_(profile), forms_(profile.fragments.size()) {
  for (const base::SourceRange& range : profile.top_level_forms) {
    const auto fragment = std::find(profile.fragments.begin(), profile.fragments.end(), range.source);
    if (fragment != profile.fragments.end()) forms_[fragment - profile.fragments.begin()].push_back(range);
  }
  for (auto& forms : forms_) {
    std::sort(forms.begin(), forms.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
  }
}

std::optional<FormPlace> ProfileMap::Find(base::SourceRange range) const {
  const auto fragment = std::find(profile_.fragments.begin(), profile_.fragments.end(), range.source);
  if (fragment == profile_.fragments.end()) return std::nullopt;
  const auto& forms = forms_[fragment - profile_.fragments.begin()];
  const auto next = std::upper_bound(forms.begin(), forms.end(), range.offset,
                                     [](std::uint32_t offset, const auto& form) { return offset < form.offset; });
  if (next == forms.begin()) return std::nullopt;
  const base::SourceRange& form = *std::prev(next);
  if (range.offset >= form.offset + form.length) return std::nullopt;
  return FormPlace{static_cast<std::uint32_t>(fragment - profile_.fragments.begin()),
                   static_cast<std::uint32_t>(std::prev(next) - forms.begin())};
}

RuleHome ProfileMap::HomeOf(const Rule& rule) const {
  RuleHome home;
  const std::optional<FormPlace> written = Find(rule.range);
  // The outermost step that stands in a fragment is the form whose evaluation made the rule.
  for (auto frame = rule.frames.rbegin(); frame != rule.frames.rend() && !home.place; ++frame) {
    home.place = Find(frame->range);
  }
  if (!home.place) home.place = written;
  if (!written) return home;
  const bool own = home.place == written && forms_[written->fragment][written->form] == rule.range;
  home.origin = own ? Origin::kOwnForm : Origin::kInside;
  return home;
}

}  // namespace sbtune::sbpl
