// One question to the tuner and everything it answers, for tests: profile texts in memory, denials as lines
// "operation TAB target".
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/access/denial_group.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/suggest.h"
#include "tests/support/memory_files.h"

namespace sbtune::test {

struct SuggestCase {
  std::vector<std::pair<std::string, std::string>> fragments;  // name, text; in load order
  std::vector<access::DenialGroup> groups = {};
  std::map<std::string, std::string> parameters = {};
  std::map<std::string, std::string> imports = {};             // path, text
  std::vector<std::string> overrides = {};                     // FILE:LINE
  sbpl::PolicyOptions options = {};
};

// A kernel denial that was seen once.
[[nodiscard]] access::DenialGroup Denied(std::string operation, std::optional<std::string> target = std::nullopt);
// The same from lines "operation TAB target".
[[nodiscard]] std::vector<access::DenialGroup> DeniedLines(std::string_view lines);

// A loaded profile with what the tuner answers to it.
struct SuggestRun {
  explicit SuggestRun(SuggestCase asked);
  [[nodiscard]] std::string Diff() const;
  // The edited text of the fragment, or the text as it was.
  [[nodiscard]] std::string Text(std::size_t fragment) const;
  // Diff, suggestions, what is left and the certificate, as lines.
  [[nodiscard]] std::string Dump() const;
  // The same question about the edited profile.
  [[nodiscard]] SuggestCase Applied() const;

  SuggestCase asked;
  MemoryFiles files;
  sbpl::LoadOptions load;
  sbpl::LoadResult loaded;
  std::vector<tune::Evidence> evidence;
  base::Result<tune::Answer> answer;
};

}  // namespace sbtune::test
