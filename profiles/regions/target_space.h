// What the targets of one operation's accesses can be, written as words, so that a set of targets is a set of
// words: the first byte says what kind of target it is, the rest is its text.
//
//   "p/private/etc/hosts"   a path          "gcom.apple.fonts"  a Mach service by its global name
//   "o4tr443"               a connection to some host's port 443 over TCP and IPv4
//
// Only real targets count: canonical paths (no //, no link on the way), non-empty names, ports up to 99999.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/automata/automaton.h"
#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/query.h"

namespace sbtune::regions {

enum class Kind : char {
  kNone = 'n',        // the operation has no target
  kPath = 'p',
  kOutbound = 'o',    // the remote end: family 4 6, protocol t u, host h (this machine) r (another), port
  kLocalEnd = 'i',    // the same of the local end, for bind and accept; r is the unspecified address
  kControl = 'c',     // a kernel control by its name
  kGlobalName = 'g',  // Mach services
  kLocalName = 'l',
  kXpcName = 'x',
  kText = 't',        // whatever else one string filter tests
};

enum class Links : std::uint8_t { kResolved, kAsSpelled };  // whether /tmp/x can be the path of an access

// Comparable, to group operations whose targets are the same.
struct TargetSpace {
  std::vector<Kind> kinds;    // not empty
  std::string text_filter;    // of kText: the filter's base name
  bool fold_paths = true;     // paths come lower-cased
  bool fold_text = false;
  Links links = Links::kResolved;
  auto operator<=>(const TargetSpace&) const = default;

  [[nodiscard]] bool Has(Kind kind) const;
};

// `used` are the base names of the filters in the rules that the operation asks.
[[nodiscard]] TargetSpace SpaceOf(const catalog::Operation& operation, const catalog::Catalog& catalog,
                                  sbpl::CaseRule case_rule, const std::vector<std::string>& used);

// The kind of target that a filter on `base` looks at within the space; kNone if it looks at something else.
[[nodiscard]] Kind KindTested(const TargetSpace& space, std::string_view base);

// Label 1 for clean absolute paths, without a kind byte; lower-cased ones when folding.
[[nodiscard]] automata::Automaton CleanPaths(bool fold);

// Label 1 for the words that are targets.
[[nodiscard]] automata::Automaton AllTargets(const TargetSpace& space);

// The question that a policy is asked about one target.
[[nodiscard]] sbpl::Query QueryOf(std::string_view operation, const TargetSpace& space, std::string_view word);
// The word of what a log or a user asks about; empty if it says too little ("*" for a host) or is of no kind here.
[[nodiscard]] std::string WordOf(const TargetSpace& space, const sbpl::Query& query);
// As a user reads and writes it: "/private/etc/hosts", "tcp4:192.0.2.1:443", "local-name:x".
[[nodiscard]] std::string TargetText(const TargetSpace& space, std::string_view word);

}  // namespace sbtune::regions
