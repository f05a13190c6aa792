// Places in a text between its forms and lines, for edits. Offsets are bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/source.h"

namespace sbtune::sbpl {

// Whitespace between the start of the line and `offset`, if nothing else stands there.
[[nodiscard]] std::optional<std::string_view> LineLead(std::string_view text, std::uint32_t offset);

// The end of the line that holds `offset`: before its "\n" or "\r\n", or the end of the text.
[[nodiscard]] std::uint32_t LineEnd(std::string_view text, std::uint32_t offset);

// Whether a comment begins behind `offset` on the same line with only blanks before it.
[[nodiscard]] bool CommentFollows(std::string_view text, std::uint32_t offset);

// The first line end behind the form at which no form is open: where a new form can stand on a line of its own
// without touching a comment or another form. `forms` are top-level, by offset.
[[nodiscard]] std::uint32_t LineEndBehindForm(std::string_view text, std::span<const base::SourceRange> forms,
                                              std::size_t form);

// Whether a blank line stands somewhere in the piece of text.
[[nodiscard]] bool HasBlankLine(std::string_view piece);

}  // namespace sbtune::sbpl
