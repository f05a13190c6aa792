// One denial as the control socket and `sbtune watch --json` tell it. A value that owns its strings; as JSON it is
// one line with the keys of `sbtune parse --json`, and `seq`:
//
//   {"v":1,"event":"record","seq":17,"kind":"denial","process":"cat","pid":41,"operation":"file-read-data",
//    "target":"/etc/hosts","duplicates":null,"platform_policy":false,"tag":null,"provenance":"kernel",
//    "ambiguous":false,"time":"2026-03-12T16:00:00.000137Z","action":"deny"}
//
// Bytes that are not UTF-8 are U+FFFD; then KEY_hex holds all bytes of KEY (process_hex, target_hex, tag_hex).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/access/record.h"
#include "core/base/result.h"

namespace sbtune::protocol {

inline constexpr int kVersion = 1;

struct LiveRecord {
  std::uint64_t seq = 0;  // counts the records of this store, from 1; 0: not from a store
  access::RecordKind kind = access::RecordKind::kDenial;
  access::Action action = access::Action::kDeny;
  access::Provenance provenance = access::Provenance::kText;
  bool ambiguous = false;
  bool platform_policy = false;
  std::uint64_t duplicates = 0;
  std::optional<std::int64_t> pid;
  std::optional<std::int64_t> time_ns;
  std::optional<std::string> process;
  std::optional<std::string> operation;
  std::optional<std::string> target;
  std::optional<std::string> tag;
  bool operator==(const LiveRecord&) const = default;
};

[[nodiscard]] LiveRecord Own(const access::RecordView& view);

// Without newline. Written by hand: it runs for every record of a flood.
void AppendJson(std::string& out, const LiveRecord& record);
[[nodiscard]] base::Result<LiveRecord> ParseRecord(std::string_view json);

// "2026-03-12T16:00:00.000137Z", with 0, 3, 6 or 9 decimals.
[[nodiscard]] std::string FormatTime(std::int64_t ns);

}  // namespace sbtune::protocol
