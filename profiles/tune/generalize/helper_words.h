// The profile's own words for filters: where it defines (define (home-subpath p) (subpath (string-append (param "HOME") p)))
// and a filter means just that in every context, it is written (home-subpath "/x").
//
//   HelperWords words(contexts.list());
//   words.Use(filters);   // filters[0].spelled == "home-subpath", its argument's text "\"/x\""
#pragma once

#include <span>
#include <vector>

#include "profiles/sbpl/rule.h"
#include "profiles/tune/generalize/contexts.h"

namespace sbtune::tune {

class HelperWords {
 public:
  // The contexts' profiles must outlive the words.
  explicit HelperWords(std::span<const Context> contexts) : contexts_(contexts) {}

  // `filters`: one filter in the values of each context, in their order. Rewrites the first, or what stands first inside
  // it, if some word makes it shorter; of several the one that leaves the least to say, of equals the first by name.
  // Whether the word is defined where the filter will stand is for the proof to find out.
  void Use(std::span<sbpl::Filter> filters) const;

 private:
  std::span<const Context> contexts_;
};

}  // namespace sbtune::tune
