// sbtune suggest --entitlements FILE, without --profile: which keys an App Sandbox app lacks. The other half of the
// command is in suggest.cpp.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/evidence_source.h"

namespace sbtune::cli {

struct EntitlementCommandOptions {
  std::string file;
  std::string macos;
  bool exceptions = false;  // propose temporary exceptions too
  bool json = false;
};

// Says what its --help says of it.
extern const char* const kEntitlementsFooter;

Exit RunEntitlements(const EntitlementCommandOptions& options, const EvidenceOptions& evidence,
                     const Invocation& invocation);

}  // namespace sbtune::cli
