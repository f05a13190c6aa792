// Edits of one text as a unified diff that patch(1) and git-apply(1) take: three lines of context, names quoted
// as git quotes them, "\ No newline at end of file". No dates, so the same edits give the same bytes.
//
//   std::string diff = UnifiedDiff("agent.sb", before, edits);   // several files: append one after another
//
// Not a diff of two unknown texts: what changed is known by place, so the cost is the size of the text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "profiles/sbpl/edit/text_edit.h"

namespace sbtune::sbpl {

// Empty when the edits change nothing. `name` is written after --- and +++, made fit for a diff's header.
// `edits` as for ApplyEdits. Bytes of the text stand in the diff as they are.
[[nodiscard]] std::string UnifiedDiff(std::string_view name, std::string_view before,
                                      std::span<const TextEdit> edits);

// A file name as it stands in the header: quoted in git's way where it holds a quote, a backslash, a control or
// non-ASCII byte, or begins or ends in a blank; followed by a tab where it holds a blank.
[[nodiscard]] std::string DiffName(std::string_view name);

}  // namespace sbtune::sbpl
