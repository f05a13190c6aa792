// Where the files of a profile lie, so that no generalised rule lets its program write there: a profile may be reached
// through a link (dotfiles often are), and the kernel knows it by its real place.
//
//   const std::vector<std::string> own = review::OwnPaths(profile);
//   auto answer = tune::SuggestGeneral({.exact = request, .runs = runs, .places = places, .own_paths = own}, files);
#pragma once

#include <string>
#include <vector>

#include "profiles/sbpl/profile.h"

namespace sbtune::review {

// Absolute paths as the kernel spells them ("/private/tmp/a.sb"): of each file as it was named, and of what it really
// is. Reads links from the disk; a file that is not there has its name only, standard input ("-") has none.
[[nodiscard]] std::vector<std::string> OwnPaths(const sbpl::Profile& profile);

}  // namespace sbtune::review
