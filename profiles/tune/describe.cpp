#include "profiles/tune/describe.h"

#include <algorithm>
#include <string_view>

namespace sbtune::tune {
namespace {

// Line numbers of places, in linear time as long as places of one fragment come in ascending order.
class LineCounter {
 public:
  std::uint32_t LineAt(std::uint32_t fragment, std::string_view text, std::uint32_t offset) {
    State& state = states_[fragment];
    if (offset < state.offset) state = {};
    const auto begin = text.begin() + state.offset;
    state.line += static_cast<std::uint32_t>(std::count(begin, text.begin() + offset, '\n'));
    state.offset = offset;
    return state.line;
  }

 private:
  struct State {
    std::uint32_t offset = 0;
    std::uint32_t line = 1;
  };
  std::map<std::uint32_t, State> states_;
};

Suggestion Covering(const sbpl::Profile& profile, std::span<const Want> wants, const Planned& planned) {
  Suggestion suggestion;
  suggestion.operations = planned.addition.operations;
  suggestion.width = planned.width;
  suggestion.opens = planned.opens;
  for (const std::vector<std::size_t>& covered : planned.wants) {
    suggestion.returns.push_back(wants[covered.front()].evidence);
    for (const std::size_t index : covered) {
      const Want& want = wants[index];
      suggestion.evidence.push_back(want.evidence);
      if (want.overridden != nullptr) suggestion.overrides.push_back(WhereIs(*want.overridden, profile));
    }
  }
  std::sort(suggestion.evidence.begin(), suggestion.evidence.end());
  std::sort(suggestion.overrides.begin(), suggestion.overrides.end());
  suggestion.overrides.erase(std::unique(suggestion.overrides.begin(), suggestion.overrides.end()),
                             suggestion.overrides.end());
  return suggestion;
}

}  // namespace

std::vector<EditedFragment> ApplyInsertion(const sbpl::Profile& profile, const sbpl::Insertion& insertion) {
  std::vector<EditedFragment> fragments;
  for (const sbpl::FragmentEdit& edit : insertion.fragments) {
    const std::string_view before = profile.sources.Text(profile.fragments[edit.fragment]);
    fragments.push_back({edit.fragment, edit.edits, sbpl::ApplyEdits(before, edit.edits)});
  }
  return fragments;
}

std::map<std::string, std::string> EditedTexts(const sbpl::Profile& profile,
                                               std::span<const EditedFragment> fragments) {
  std::map<std::string, std::string> texts;
  for (const base::SourceId id : profile.fragments) {
    texts[std::string(profile.sources.Name(id))] = profile.sources.Text(id);
  }
  for (const EditedFragment& edited : fragments) {
    texts[std::string(profile.sources.Name(profile.fragments[edited.fragment]))] = edited.text;
  }
  return texts;
}

std::vector<Suggestion> DescribeAdditions(const sbpl::Profile& profile, std::span<const Want> wants, const Plan& plan,
                                          const sbpl::Insertion& insertion,
                                          std::span<const EditedFragment> fragments) {
  std::map<std::uint32_t, const EditedFragment*> edited;
  for (const EditedFragment& fragment : fragments) edited[fragment.fragment] = &fragment;
  std::vector<Suggestion> suggestions;
  LineCounter lines;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const sbpl::Placement& place = insertion.places[i];
    const std::string& text = edited.at(place.fragment)->text;
    Suggestion suggestion = Covering(profile, wants, plan[i]);
    suggestion.text = text.substr(place.begin, place.length);
    suggestion.fragment = place.fragment;
    suggestion.line = lines.LineAt(place.fragment, text, place.begin);
    suggestion.merged = place.merged_into.has_value();
    suggestions.push_back(std::move(suggestion));
  }
  return suggestions;
}

}  // namespace sbtune::tune
