// How the arguments of filters and modifiers are read.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "profiles/sbpl/load/objects.h"
#include "profiles/scheme/machine.h"

namespace sbtune::sbpl {

struct ArgumentWanted {
  catalog::ArgumentType type;
  std::span<const catalog::NamedValue> names;  // symbolic constants
  bool names_incomplete;                       // there are names whose numbers nobody published
  std::string_view word;                       // the filter or modifier as spelled, for messages
};

// Nothing after reporting that the argument does not fit.
[[nodiscard]] std::optional<ArgumentNode> TakeArgument(const scheme::Call& call, std::size_t index,
                                                       const ArgumentWanted& wanted);
// The argument must be a string.
[[nodiscard]] ArgumentNode TextArgument(const scheme::Call& call, std::size_t index);

// (local protocol address …), (remote …), and the old spelling (remote unix-socket (path-literal p)).
void MakeNetworkFilter(const scheme::Call& call);

}  // namespace sbtune::sbpl
