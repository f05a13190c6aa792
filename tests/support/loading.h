// Loading a profile from a text, for tests: what came out as text, what was said.
#pragma once

#include <map>
#include <string>

#include "profiles/sbpl/print.h"
#include "profiles/sbpl/profile.h"
#include "tests/support/memory_files.h"

namespace sbtune::test {

// The profile is "a.sb"; further files as given.
inline sbpl::LoadResult Load(const std::string& text, sbpl::LoadOptions options = {},
                             std::map<std::string, std::string> files = {}) {
  files["a.sb"] = text;
  MemoryFiles memory(std::move(files));
  if (options.paths.empty()) options.paths = {"a.sb"};
  return sbpl::LoadProfile(options, memory);
}

inline std::string Said(const sbpl::LoadResult& result) {
  std::string text;
  for (const base::Diagnostic& diagnostic : result.diagnostics.items()) {
    text += base::Render(diagnostic, result.profile.sources);
  }
  return text;
}

// The rules, one a line, or what was said if it was anything.
inline std::string RulesOf(const sbpl::LoadResult& result) {
  std::string text = Said(result);
  if (!text.empty()) return text;
  for (const sbpl::Rule& rule : result.profile.rules) text += sbpl::Print(rule) + "\n";
  return text;
}

}  // namespace sbtune::test
