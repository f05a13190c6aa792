// One thing that is wrong, or surprising, with a profile: a stable code (CODES.md explains each), the place with
// its message and hint, and, where the mend is certain, the edits that make it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.h"
#include "profiles/sbpl/edit/text_edit.h"

namespace sbtune::lint {

struct SourceEdit {
  base::SourceId source = base::kNoSource;
  sbpl::TextEdit edit;
  bool operator==(const SourceEdit&) const = default;
};

struct Fix {
  std::string what;  // "write /private/tmp": an order, no full stop
  std::vector<SourceEdit> edits;
  bool operator==(const Fix&) const = default;
};

struct Finding {
  base::Diagnostic diagnostic;  // `code` is one of codes.h or the loader's; `frames` also name the other rules
  std::optional<Fix> fix;
  bool operator==(const Finding&) const = default;
};

}  // namespace sbtune::lint
