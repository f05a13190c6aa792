// A question to a policy: one operation and what is known of its target. Built from a log line's target text,
// where each operation family has its own spelling (paths, "remote:*:443", "iokit-class:X property:Y", …).
// What the log does not carry stays absent, and a filter that needs it makes the decision unknown.
//
//   const Query query = QueryFromAccess("network-outbound", "remote:*:443");
//   // query.remote->port == "443"; protocol and host are unknown
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/record.h"

namespace sbtune::sbpl {

// One end of an IP connection. A log writes `*` for the host even of a connection to 127.0.0.1 (seen by several
// public projects), so `*` tells nothing about it.
struct NetworkEnd {
  std::string protocol;  // "tcp", "udp", "tcp4", …; empty: unknown, as in every log line
  std::string host;      // an address as logged, "localhost", or "*": unknown
  std::string port;      // "443", or "*": unknown
  bool operator==(const NetworkEnd&) const = default;
};

struct Query {
  std::string operation;                    // as asked; a policy resolves aliases by its macOS version
  std::optional<std::string> raw_target;    // as logged
  std::optional<std::string> path;          // for filters on paths, canonical spelling
  std::optional<std::string> spelled_path;  // the path as logged, where that is another; versions before 11 get it
  std::optional<std::string> second_path;   // of operations with two (rename, link)
  std::optional<NetworkEnd> local;
  std::optional<NetworkEnd> remote;
  // Every other fact by the canonical base name of the filter that tests it ("global-name", "sysctl-name",
  // "iokit-registry-entry-class", "signal-number", "target", …), as text or decimal number. These come before
  // the facts of PolicyOptions.
  std::map<std::string, std::vector<std::string>, std::less<>> facts;
  bool operator==(const Query&) const = default;
};

// Reads a log target for `operation` (any spelling).
//
// * Paths below /tmp, /var and /etc become /private/…, as the kernel compares them: measured on 14.4 (not for
//   file-test-existence, which sees the caller's spelling; "/var" itself is the link, and stays).
// * A Mach service name is taken for a global name, which a log cannot tell from a local or an XPC service's.
//   To ask about those, spell the target "local-name:X" or "xpc-service-name:X".
// * "others [NAME(PID)] signum:15" is target class and signal number; the process itself is not kept.
[[nodiscard]] Query QueryFromAccess(std::string_view operation, const std::optional<std::string>& target);

// Whether a log target may carry the fact that a filter of this base name asks for, for some operation.
[[nodiscard]] bool LogMayCarry(std::string_view base);

}  // namespace sbtune::sbpl
