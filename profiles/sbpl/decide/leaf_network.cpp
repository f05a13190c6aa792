// Leaves that compare an end of a connection.
#include <algorithm>

#include "profiles/sbpl/decide/leaves.h"

namespace sbtune::sbpl {
namespace {

// At connect time the local end is not bound yet, so no filter on a local host or port matches (measured).
EndView UnboundLocal(const EndView& remote) {
  EndView view = remote;
  view.host = Host::kOther;
  view.port = 0;
  return view;
}

Truth MatchesEnd(const NetworkTest& test, const EndView& end) {
  Truth truth = Truth::kTrue;
  const auto require = [&](bool known, bool matches) {
    if (known && !matches) truth = Truth::kFalse;
    if (!known && truth == Truth::kTrue) truth = Truth::kUnknown;
  };
  const unsigned family = test.protocol & (kIp4 | kIp6);
  if (family == kIp4 || family == kIp6) require(end.family != 0, (end.family & family) != 0);
  const unsigned protocol = test.protocol & (kTcp | kUdp);
  if (protocol != 0) require(end.protocol != 0, (end.protocol & protocol) != 0);
  if (test.localhost_only) require(end.host != Host::kUnknown, end.host == Host::kLocalhost);
  if (test.port) require(end.port.has_value(), end.port == test.port);
  return truth;
}

}  // namespace

Truth NetworkLeaf(const Leaf& leaf, const Subject& subject) {
  const bool is_local = leaf.base == "local";
  const EndView& own = is_local ? subject.local : subject.remote;
  const EndView& other = is_local ? subject.remote : subject.local;
  EndView unbound;
  const EndView* end = &own;
  if (!own.present) {
    // Binding and accepting are decided by the local end alone: a filter on the remote one never matches.
    if (!is_local && other.present) return Truth::kFalse;
    if (!other.present) return CannotApply(leaf.base, *subject.query) ? Truth::kFalse : Truth::kUnknown;
    unbound = UnboundLocal(other);
    end = &unbound;
  }
  Truth truth = Truth::kFalse;
  for (const NetworkTest& test : leaf.ends) truth = std::max(truth, MatchesEnd(test, *end));
  return truth;
}

}  // namespace sbtune::sbpl
