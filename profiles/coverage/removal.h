// Taking rules, and filters of rules, out of a profile's text. What is left stays byte for byte, comments above a
// rule too; a comment behind it on its line goes with it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "profiles/sbpl/edit/text_edit.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::coverage {

// A whole top-level form.
[[nodiscard]] sbpl::TextEdit RemoveForm(std::string_view text, base::SourceRange form);

// Filters of a rule that is a top-level form, by their index; never all of them. Nothing where one of them is not
// written as a part of that form (a function or a variable stands for it).
[[nodiscard]] std::optional<std::vector<sbpl::TextEdit>> RemoveFilters(const sbpl::Profile& profile,
                                                                       const sbpl::Rule& rule,
                                                                       std::span<const std::uint32_t> filters);
// Those of the filters that are written as parts of the rule's own form.
[[nodiscard]] std::vector<std::uint32_t> RemovableFilters(const sbpl::Profile& profile, const sbpl::Rule& rule,
                                                          std::span<const std::uint32_t> filters);

}  // namespace sbtune::coverage
