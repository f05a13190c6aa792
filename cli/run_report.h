// What `sbtune run` says after the command: what was denied, by which rule, what may be missing. Pure.
//
//   const std::vector<RuledDenial> ruled = Rule(groups, profile, policy, tagged, from_original);
//   std::fputs(RunText(…).c_str(), stderr);
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/access/denial_group.h"
#include "core/base/subprocess.h"
#include "profiles/sbpl/edit/text_edit.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tagging/tagged_profile.h"

namespace sbtune::cli {

enum class Witness : std::uint8_t {
  kKernel,   // the record's tag names the rule
  kReading,  // no tag: sbtune's own evaluation of the profile
};

struct RuledDenial {
  access::DenialGroup group;
  std::string where;  // "agent.sb:12", "no rule", "the system's own policy"
  std::string rule;   // its text, first line; may be empty
  Witness witness = Witness::kReading;
  std::string note;   // where both disagree; may be empty
  bool operator==(const RuledDenial&) const = default;
};

// One execution: the profile it ran under (a copy of the original with edits, when learning) and what to call places.
struct RanUnder {
  const sbpl::Profile& profile;
  const sbpl::Policy& policy;
  const tagging::TaggedProfile& tagged;
  const sbpl::Profile& original;
  std::span<const std::vector<sbpl::TextEdit>> edits;  // of each fragment: how its text came from the original's
};
[[nodiscard]] std::vector<RuledDenial> Rule(std::span<const access::DenialGroup> groups, const RanUnder& under);

// Where an offset of the edited text stood in the original; nothing for text that an edit put in.
[[nodiscard]] std::optional<std::uint32_t> OriginalOffset(std::span<const sbpl::TextEdit> edits, std::uint32_t offset);

// "exit 3", "signal 15 (Terminated)"
[[nodiscard]] std::string ShowStatus(base::ExitStatus status);

struct RunSummary {
  std::string command;
  base::ExitStatus status;
  std::size_t executions = 1;
  std::span<const RuledDenial> denials;
  std::span<const std::string> doubts;
  std::span<const std::string> hints;
  std::size_t untagged = 0;  // denies that could not be marked
};
[[nodiscard]] std::string RunText(const RunSummary& summary);

// The shape that `sbtune run --help` tells.
struct RunJsonParts {
  const RunSummary& summary;
  std::span<const std::string> command;  // word by word
  const std::string& diff;
};
[[nodiscard]] std::string RunJson(const RunJsonParts& parts);

}  // namespace sbtune::cli
