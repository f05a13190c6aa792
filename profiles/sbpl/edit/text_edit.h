// Changes to a text by place, so that everything that is not changed survives byte for byte: comments,
// indentation, line endings, a missing newline at the end.
//
//   std::vector<TextEdit> edits = {{12, 0, "\n(allow process-fork)"}};
//   const std::string after = ApplyEdits(before, edits);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sbtune::sbpl {

// Replaces `length` bytes at `offset` of the old text; length 0 inserts.
struct TextEdit {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::string replacement;
  bool operator==(const TextEdit&) const = default;
};

// Puts edits into the order that ApplyEdits and UnifiedDiff take: by offset; edits at one offset keep their order.
void SortEdits(std::vector<TextEdit>& edits);

// `edits` must be sorted, inside the text, and not overlap (asserted). Cost: the size of the two texts.
[[nodiscard]] std::string ApplyEdits(std::string_view text, std::span<const TextEdit> edits);

}  // namespace sbtune::sbpl
