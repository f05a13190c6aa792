// A question to a policy: one operation and what is known of its target. Built from a log line's target text,
// where each operation family has its own spelling (paths, "remote:*:443", "iokit-class:X property:Y", …).
// What the log does not carry stays absent, and a filter that needs it makes the decision unknown.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/record.h"

namespace sbtune::sbpl {

struct NetworkEnd {
  std::string protocol;  // "tcp", "udp", "ip", … ; empty: unknown
  std::string host;      // "*", "localhost", an address as logged; empty: unknown
  std::string port;      // "*", "443"; empty: unknown
};

struct Query {
  std::string operation;                    // canonical name
  std::optional<std::string> raw_target;    // as logged
  std::optional<std::string> path;          // for filters on paths, canonical spelling
  std::optional<std::string> second_path;   // of operations with two (rename, link)
  std::optional<NetworkEnd> local;
  std::optional<NetworkEnd> remote;
  // Every other fact by the canonical name of the filter that tests it ("global-name", "sysctl-name",
  // "iokit-registry-entry-class", "signal-number", "target", …), as text or decimal number.
  std::map<std::string, std::vector<std::string>> facts;
};

// Reads a log target for `operation` (any spelling; aliases are resolved by the caller's catalog version).
[[nodiscard]] Query QueryFromAccess(std::string_view operation, const std::optional<std::string>& target);

}  // namespace sbtune::sbpl
