// What the user tells of the process, the machine or the target that no log line carries: `--fact`.
//
//   NAME=VALUE    it holds:          --fact vnode-type=DIRECTORY   --fact extension=com.apple.app-sandbox.read
//   NAME!=VALUE   it does not hold:  --fact process-attribute!=is-plugin
//   NAME=         nothing else of this kind holds: --fact extension=  (the process holds no other extension)
//
// NAME is a filter's base name (aliases are resolved), or `entitlement`, or `protocol` (tcp, udp) of a
// connection. A value may be a number or its SBPL constant. Of a fact that has one value at a time (vnode-type,
// file-mode, uid, …) the given value excludes every other; extensions, attributes and entitlements add up.
//   extension=CLASS[:PATH]       held, for PATH and what is below it; without PATH for everything
//   entitlement=NAME[:VALUE]     present; without VALUE as the boolean true
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "profiles/catalog/catalog.h"

namespace sbtune::sbpl {

struct Fact {
  enum class Kind { kHolds, kDoesNotHold, kNothingElse };
  Kind kind = Kind::kHolds;
  std::string name;   // a base filter name, "entitlement" or "protocol"
  std::string value;  // numbers in decimal; empty for kNothingElse
  bool operator==(const Fact&) const = default;
};

[[nodiscard]] base::Result<Fact> ParseFact(std::string_view text, const catalog::Catalog& catalog);

// The entitlements of a process, a JSON object of names and values: these and no others. Fails on anything else.
[[nodiscard]] base::Result<std::vector<Fact>> FactsFromEntitlements(std::string_view json);

// Whether facts of this name add up (extension) or exclude each other (vnode-type).
[[nodiscard]] bool MayHoldSeveral(std::string_view name);

// A number, in decimal, 0x…, 0o… or #x…, #o…, or one of the filter's constants.
[[nodiscard]] std::optional<std::int64_t> ParseFilterNumber(const catalog::Filter& filter, std::string_view text);

}  // namespace sbtune::sbpl
