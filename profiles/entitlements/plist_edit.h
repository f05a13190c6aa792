// Edits of an entitlements file that keep every other byte: a key set to true, strings added to a list, a key that
// gives way to another one. Proven by reading the edited text again.
//
//   base::Result<PlistEdit> edit = EditPlist(list, {{.key = "com.apple.security.print"}});
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/entitlements/property_list.h"
#include "profiles/sbpl/edit/text_edit.h"

namespace sbtune::entitlements {

struct Change {
  std::string key;
  std::vector<std::string> strings = {};  // to be in its list; none: the value is true
  std::string instead_of = {};            // a key of the file whose place it takes; may be empty
  bool operator==(const Change&) const = default;
};

struct PlistEdit {
  std::vector<sbpl::TextEdit> edits;  // sorted
  std::string text;                   // with the edits
};

// Each key at most once. Fails when a value is there that cannot be extended, or when the edited text does not read
// as the old entries and the changes.
[[nodiscard]] base::Result<PlistEdit> EditPlist(const PropertyList& list, std::span<const Change> changes);

}  // namespace sbtune::entitlements
