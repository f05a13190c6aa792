// Where a run's path lies in terms of the profile's parameters: in a run with CWD=/private/tmp/job.1 the path
// /private/tmp/job.1/a is CWD's "a", and so is /private/tmp/job.2/a in a run that worked there.
//
//   Placement placement(runs, {"CWD", "HOME"}, places);
//   placement.Place("/private/tmp/job.1/a", run);   // {root of CWD, "a"}
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/catalog/places.h"

namespace sbtune::tune {

struct RunFacts {
  std::string name;
  std::map<std::string, std::string> parameters;  // as the profile gets them with -D
};

struct Root {
  std::string parameter;            // empty: the file system's root
  std::vector<std::string> values;  // over all runs, sorted, distinct, canonical
  bool own = false;                 // the program's own folder, so far as its values allow
};

struct Placed {
  std::uint32_t root = 0;
  std::string_view rest;  // without leading slash; empty: the root itself
};

class Placement {
 public:
  // A parameter counts where a run's value is the canonical path of a folder below the top ("/private/tmp/x",
  // not
  // "/tmp/x/"): only then does a filter with it match anything. `names`: what the profile may ask for.
  Placement(std::span<const RunFacts> runs, std::span<const std::string> names,
            const catalog::Places& places);

  // `path` begins with a slash; the longest parameter wins, of equals HOME, then the first by name.
  [[nodiscard]] Placed Place(std::string_view path, std::uint32_t run) const;
  [[nodiscard]] std::span<const Root> roots() const { return roots_; }

 private:
  struct Prefix {
    std::string value;
    std::uint32_t root = 0;
  };
  std::vector<Root> roots_;
  std::vector<std::vector<Prefix>> by_run_;  // longest first
};

}  // namespace sbtune::tune
