#include "profiles/coverage/instrument.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "profiles/coverage/usage.h"
#include "profiles/sbpl/edit/rule_form.h"
#include "profiles/sbpl/edit/text_edit.h"
#include "profiles/sbpl/print.h"
#include "profiles/tune/edited_files.h"

namespace sbtune::coverage {
namespace {

bool IsReport(const sbpl::Modifier& modifier) { return modifier.name == "report"; }
bool Reports(const sbpl::Rule& rule) { return std::ranges::any_of(rule.modifiers, IsReport); }

// Where the written rule ends, before its parenthesis; nothing where it is no "(allow …)" of a fragment.
std::optional<std::uint32_t> EndOf(const sbpl::Profile& profile, const sbpl::Rule& rule) {
  if (std::ranges::find(profile.fragments, rule.range.source) == profile.fragments.end()) return std::nullopt;
  const auto form = sbpl::ReadRuleForm(profile.sources, rule.range);
  if (!form || form->head != "allow" || !profile.sources.Text(rule.range).ends_with(')')) return std::nullopt;
  return rule.range.offset + rule.range.length - 1;
}

// The rules without their reports.
std::vector<std::string> Bare(const sbpl::Profile& profile) {
  std::vector<std::string> printed;
  for (sbpl::Rule rule : profile.rules) {
    std::erase_if(rule.modifiers, IsReport);
    printed.push_back(sbpl::Print(rule));
  }
  return printed;
}

Instrumented Edit(const sbpl::Profile& profile) {
  std::map<base::SourceId, std::set<std::uint32_t>> places;  // a loop makes several rules of one form
  for (const sbpl::Rule& rule : profile.rules) {
    if (rule.action != access::Action::kAllow || Reports(rule)) continue;
    if (const auto end = EndOf(profile, rule)) places[rule.range.source].insert(*end);
  }
  Instrumented copy;
  for (const base::SourceId id : profile.fragments) {
    std::vector<sbpl::TextEdit> edits;
    for (const std::uint32_t place : places[id]) edits.push_back({place, 0, " (with report)"});
    copy.names.emplace_back(profile.sources.Name(id));
    copy.texts.push_back(sbpl::ApplyEdits(profile.sources.Text(id), edits));
  }
  return copy;
}

}  // namespace

base::Result<Instrumented> Instrument(const sbpl::LoadOptions& load, sbpl::ProfileFiles& files) {
  const auto before = LoadFor(load, {}, files);
  if (!before) return std::unexpected(before.error());
  Instrumented copy = Edit(before->profile);
  std::map<std::string, std::string> texts;
  for (std::size_t i = 0; i < copy.names.size(); ++i) texts[copy.names[i]] = copy.texts[i];
  tune::EditedFiles edited(std::move(texts), files);
  const auto after = LoadFor(load, {}, edited);
  if (!after) return std::unexpected(after.error().Within("the reporting copy"));
  if (Bare(before->profile) != Bare(after->profile)) {
    return base::Fail("the reporting copy does not say the same as the profile; nothing is printed");
  }
  for (std::size_t i = 0; i < after->profile.rules.size(); ++i) {
    const sbpl::Rule& rule = after->profile.rules[i];
    if (rule.action != access::Action::kAllow) continue;
    if (Reports(rule)) {
      ++copy.reporting;
    } else {
      copy.silent.push_back(before->profile.sources.Where(before->profile.rules[i].range));
    }
  }
  return copy;
}

}  // namespace sbtune::coverage
