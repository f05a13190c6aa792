// What clipboards, build tools and the makers of reports add to a target in lines that did not come straight
// from `log`: taken off again here. Nothing here touches a record that is exact to the byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/access/record.h"
#include "daemon/ingest/log_line.h"

namespace sbtune::ingest {

// Cleans record.target in place (a part of the same bytes); marks it ambiguous where a piece of it was
// elided.
void CleanTarget(const LogLine& line, access::RecordView& record);

// "others \[NAME(7)\]" as markdown spells it; true if `out` now holds the plain spelling.
[[nodiscard]] bool UnescapeMarkdown(std::string_view target, std::string& out);

// Whether `line` can be the target that a wrapped copy of a record of `operation` put on its own line.
[[nodiscard]] bool IsWrappedTarget(std::string_view operation, std::string_view line);
// Whether `line` goes on with such a target: "extension-class:…", "property:…".
[[nodiscard]] bool ContinuesTarget(std::string_view line);

}  // namespace sbtune::ingest
