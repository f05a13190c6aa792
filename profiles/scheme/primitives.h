// The procedures that are built in, and how they check their arguments.
//
//   std::string_view text;
//   if (!TakeString(call, 0, text)) return;  // the mistake has been reported
//
// Pairs and vectors cannot be changed (no set-car!): data has no cycles, and code stays as it was read.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "profiles/scheme/machine.h"

namespace sbtune::scheme {

// "string-append needs a string as argument 2, not a symbol", at the argument.
void WrongType(const Call& call, std::size_t index, std::string_view wanted);

[[nodiscard]] bool TakeString(const Call& call, std::size_t index, std::string_view& out);
[[nodiscard]] bool TakeInteger(const Call& call, std::size_t index, std::int64_t& out);
// An index into something of `size` elements; `size` itself is allowed.
[[nodiscard]] bool TakeIndex(const Call& call, std::size_t index, std::size_t size, std::size_t& out);
[[nodiscard]] bool TakeNumber(const Call& call, std::size_t index, double& out);
[[nodiscard]] bool TakeCharacter(const Call& call, std::size_t index, std::uint8_t& out);
// The elements of a proper list, each with its place.
[[nodiscard]] bool TakeList(const Call& call, std::size_t index, std::vector<Slot>& out);
// The same for a list that is no argument.
[[nodiscard]] bool ListElements(Machine& machine, Value list, base::SourceRange around, std::vector<Slot>& out);

// A new string whose place is the call.
void ReturnString(const Call& call, std::string_view text);

void InstallLists(Machine& machine);
void InstallNumbers(Machine& machine);
void InstallStrings(Machine& machine);
void InstallCharacters(Machine& machine);
void InstallPredicates(Machine& machine);
void InstallControl(Machine& machine);  // apply map for-each eval force error
void InstallPorts(Machine& machine);
void InstallVectors(Machine& machine);

}  // namespace sbtune::scheme
