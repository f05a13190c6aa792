// Why auto_apply leaves a proposal to the user: the question that sbtuned asks before it writes.
//
//   const std::string why = AutoWaits(store, config, settings);   // "no addition that … is of risk none"
#pragma once

#include <string>

#include "daemon/config/config.h"
#include "sql/store/store.h"

namespace sbtune::cli {

// Empty: it is off for this profile, or about to write. As long as making the proposal took.
[[nodiscard]] std::string AutoWaits(store::Store& store, const config::Config& config, const config::ProfileSettings& settings);

}  // namespace sbtune::cli
