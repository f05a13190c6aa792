// What every form of a log record comes to before its message is read: the message, when, and the facts that
// prove who wrote it. Provenance is decided here from those facts alone, never from subsystem, category or
// text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/access/record.h"

namespace sbtune::ingest {

// The facts of a structured record. Absent stays absent: an absent pid is not 0.
struct RecordFacts {
  std::optional<std::string_view> message;
  std::optional<std::string_view> process_image;
  std::optional<std::string_view> sender_image;
  std::optional<std::int64_t> process_id;
  std::optional<std::int64_t> time_ns;
  std::string_view boot;
  std::optional<std::uint64_t> mach_time;
  std::uint64_t thread = 0;
  std::uint64_t trace = 0;
};

// kKernel for pid 0, "/kernel" and the sandbox kext as sender; kSandboxd for its exact image path; all else,
// and every record that lacks those facts, is kUntrusted: anybody can write a JSON file, or a message.
[[nodiscard]] access::Provenance ProvenanceOf(const RecordFacts& facts);

struct Identity {
  access::IdentityKind kind = access::IdentityKind::kPlace;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// Of a record with a mach time: boot, mach time, thread, call site and message. Never the wall clock: it
// differs between `log stream` and `log show` for the same event.
[[nodiscard]] Identity EventIdentity(const RecordFacts& facts);
// Of a structured record without one: boot, wall clock, thread, pid and message.
[[nodiscard]] Identity TimedIdentity(const RecordFacts& facts);
// Of a text record with a date: its bytes, without the last line end.
[[nodiscard]] Identity TimedIdentity(std::string_view record);

}  // namespace sbtune::ingest
