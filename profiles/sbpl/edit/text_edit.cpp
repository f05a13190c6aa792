#include "profiles/sbpl/edit/text_edit.h"

#include <algorithm>

#include "core/base/result.h"

namespace sbtune::sbpl {

void SortEdits(std::vector<TextEdit>& edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const TextEdit& a, const TextEdit& b) { return a.offset < b.offset; });
}

std::string ApplyEdits(std::string_view text, std::span<const TextEdit> edits) {
  std::string out;
  std::size_t at = 0;
  for (const TextEdit& edit : edits) {
    SBTUNE_ASSERT(edit.offset >= at && edit.offset <= text.size() && edit.length <= text.size() - edit.offset);
    out += text.substr(at, edit.offset - at);
    out += edit.replacement;
    at = std::size_t{edit.offset} + edit.length;
  }
  out += text.substr(at);
  return out;
}

}  // namespace sbtune::sbpl
