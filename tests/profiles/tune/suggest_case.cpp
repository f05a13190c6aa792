#include "tests/profiles/tune/suggest_case.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "profiles/sbpl/edit/unified_diff.h"

namespace sbtune::test {
namespace {

MemoryFiles FilesOf(const SuggestCase& asked) {
  std::map<std::string, std::string> texts = asked.imports;
  for (const auto& [name, text] : asked.fragments) texts[name] = text;
  return MemoryFiles(std::move(texts));
}

sbpl::LoadOptions LoadOptionsOf(const SuggestCase& asked) {
  sbpl::LoadOptions load;
  for (const auto& [name, text] : asked.fragments) load.paths.push_back(name);
  load.parameters = asked.parameters;
  return load;
}

base::Result<tune::Answer> Ask(SuggestRun& run) {
  for (const base::Diagnostic& item : run.loaded.diagnostics.items()) {
    MESSAGE(base::Render(item, run.loaded.profile.sources));
  }
  REQUIRE(run.loaded.ok());
  std::vector<tune::RulePlace> overrides;
  for (const std::string& text : run.asked.overrides) overrides.push_back(*tune::ParseRulePlace(text));
  return tune::Suggest({run.loaded.profile, run.load, run.asked.options, run.evidence, overrides}, run.files);
}

}  // namespace

access::DenialGroup Denied(std::string operation, std::optional<std::string> target) {
  access::DenialGroup group;
  group.process = "tool";
  group.operation = std::move(operation);
  group.target = std::move(target);
  group.provenance = access::Provenance::kKernel;
  group.runs = {"one"};
  group.count = 1;
  return group;
}

std::vector<access::DenialGroup> DeniedLines(std::string_view lines) {
  std::vector<access::DenialGroup> groups;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos) {
      groups.push_back(Denied(std::string(line)));
    } else {
      groups.push_back(Denied(std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))));
    }
  }
  return groups;
}

SuggestRun::SuggestRun(SuggestCase question)
    : asked(std::move(question)), files(FilesOf(asked)), load(LoadOptionsOf(asked)),
      loaded(sbpl::LoadProfile(load, files)), evidence(tune::MergeEvidence(asked.groups)), answer(Ask(*this)) {}

std::string SuggestRun::Diff() const {
  std::string diff;
  for (const tune::EditedFragment& edited : answer->fragments) {
    const base::SourceId id = loaded.profile.fragments[edited.fragment];
    diff += sbpl::UnifiedDiff(loaded.profile.sources.Name(id), loaded.profile.sources.Text(id), edited.edits);
  }
  return diff;
}

std::string SuggestRun::Text(std::size_t fragment) const {
  for (const tune::EditedFragment& edited : answer->fragments) {
    if (edited.fragment == fragment) return edited.text;
  }
  return asked.fragments[fragment].second;
}

std::string SuggestRun::Dump() const {
  if (!answer) return "error: " + answer.error().message + "\n";
  const auto names = [&](const std::vector<std::size_t>& indices) {
    std::vector<std::string> list;
    for (const std::size_t index : indices) list.push_back(tune::Describe(evidence[index]));
    return fmt::format("{}", fmt::join(list, " | "));
  };
  std::string out = Diff();
  for (const tune::Suggestion& made : answer->suggestions) {
    out += fmt::format("+ {}:{} {} {} {}\n", asked.fragments[made.fragment].first, made.line,
                       made.merged ? "merged" : "new", fmt::join(made.operations, " "), made.text);
    out += fmt::format("    covers {}\n    without it: {}\n", names(made.evidence), names(made.returns));
    for (const std::string& opens : made.opens) out += "    opens " + opens + "\n";
    for (const std::string& rule : made.overrides) out += "    overrides " + rule + "\n";
  }
  for (const tune::Left& left : answer->left) {
    out += fmt::format("- {}: {} ({})\n", tune::Describe(evidence[left.evidence]), left.refusal.text,
                       tune::Name(left.refusal.reason));
  }
  const tune::Certificate& proof = answer->certificate;
  out += fmt::format("certificate {}\n", proof.holds() ? "holds" : "FAILS");
  for (const tune::Opened& opened : proof.opened) {
    out += fmt::format("  also allowed: {} {}\n", opened.operation, opened.target.value_or("-"));
  }
  return out;
}

SuggestCase SuggestRun::Applied() const {
  SuggestCase next = asked;
  for (std::size_t i = 0; i < next.fragments.size(); ++i) next.fragments[i].second = Text(i);
  return next;
}

}  // namespace sbtune::test
