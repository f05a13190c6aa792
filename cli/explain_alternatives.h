// What would have to be different, as explain prints it: the alternatives that were found, or the command that
// suggests a rule where there are none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/profile_options.h"
#include "profiles/whatif/whatif.h"

namespace sbtune::cli {

struct Alternatives {
  std::vector<whatif::Alternative> found;
  std::optional<std::string> suggest;  // of a denied access: a command line for a shell
};

// `decision` is the present one.
[[nodiscard]] Alternatives FindAlternatives(const ProfileOptions& options, const sbpl::Profile& profile,
                                            const std::string& operation, const std::optional<std::string>& target,
                                            const sbpl::Verdict& verdict);
[[nodiscard]] std::string ToText(const Alternatives& alternatives, sbpl::Decision decision);

}  // namespace sbtune::cli
