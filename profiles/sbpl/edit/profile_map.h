// Where each rule of a loaded profile stands in the user's own files: what an edit needs to know to put a new rule
// among its kind and behind the rule that it must follow.
//
//   ProfileMap map(profile);
//   map.HomeOf(rule).form      // the top-level form that made the rule
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "profiles/sbpl/profile.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::sbpl {

// A top-level form of a fragment. Ordered as the forms are evaluated.
struct FormPlace {
  std::uint32_t fragment = 0;  // index into Profile::fragments
  std::uint32_t form = 0;      // index among the fragment's forms
  auto operator<=>(const FormPlace&) const = default;
};

enum class Origin : std::uint8_t {
  kOwnForm,   // the rule is a top-level form: "(allow …)" at the left margin, so to say
  kInside,    // made by a condition, a loop, a function or a with-block of a fragment
  kImported,  // from a file that is imported; `place` is the import form
};

struct RuleHome {
  Origin origin = Origin::kImported;
  std::optional<FormPlace> place;  // absent for implicit rules
};

class ProfileMap {
 public:
  explicit ProfileMap(const Profile& profile);

  [[nodiscard]] const std::vector<base::SourceRange>& Forms(std::uint32_t fragment) const {
    return forms_[fragment];
  }
  [[nodiscard]] RuleHome HomeOf(const Rule& rule) const;

 private:
  [[nodiscard]] std::optional<FormPlace> Find(base::SourceRange range) const;

  const Profile& profile_;
  std::vector<std::vector<base::SourceRange>> forms_;  // per fragment, by offset
};

}  // namespace sbtune::sbpl
