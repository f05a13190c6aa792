// The codes of lint, in one table. CODES.md holds a section for each: why it matters, an example, the mended
// example; the tests run those examples, and `sbtune check --explain CODE` prints the section.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/diagnostics.h"

namespace sbtune::lint {

struct CodeInfo {
  std::string_view code;
  base::Severity severity;     // at most; a finding may be milder where circumstances make it harmless
  std::string_view summary;    // one line
};

[[nodiscard]] std::span<const CodeInfo> Codes();  // sorted by code
[[nodiscard]] const CodeInfo* FindCode(std::string_view code);
// The section of CODES.md, without its heading's mark; nothing for an unknown code.
[[nodiscard]] std::optional<std::string_view> Explanation(std::string_view code);

}  // namespace sbtune::lint
