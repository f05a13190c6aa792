// The words that the log side and the policy side share: what one line of a log says about one access.
// Values only; no I/O, no parsing. `RecordView` is the hot path's form of the same thing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sbtune::access {

enum class RecordKind : std::uint8_t {
  kDenial,     // an access was refused
  kAllow,      // an access was allowed by a rule `(with report)`
  kDuplicate,  // "N duplicate reports for …": N further occurrences of an earlier denial or allow
  kReport,     // sandboxd's multi-line report about a denial
  kOther,      // not a sandbox event
};

// How far the record's origin is proven. Any process can forge text, subsystem and category; only the image
// paths and the pid of a structured record say who wrote it.
enum class Provenance : std::uint8_t {
  kKernel,     // pid 0, /kernel, and the sandbox kext's sender path
  kSandboxd,   // /usr/libexec/sandboxd by its exact image path
  kUntrusted,  // a structured record from anyone else; never used for suggestions
  kText,       // a text log carries no proof: used because the user handed it over
};

// How a record is recognised when it is met again, in the same capture or another.
enum class IdentityKind : std::uint8_t {
  kEvent,  // boot, mach time, thread, call site, message: met twice is the same event, counted once
  kTimed,  // the text line with its time: the k-th such line of one capture is the k-th of another
  kPlace,  // no time in the form: every byte of the input up to and with this record
};

enum class Action : std::uint8_t { kAllow, kDeny };

[[nodiscard]] std::string_view Name(RecordKind kind);        // "denial", "allow", "duplicate", "report", "other"
[[nodiscard]] std::string_view Name(Provenance provenance);  // "kernel", "sandboxd", "untrusted", "text"
[[nodiscard]] std::string_view Name(Action action);          // "allow", "deny"
[[nodiscard]] std::optional<Provenance> ProvenanceFromName(std::string_view name);

// One access as the policy side asks about it. `target` is the log's own spelling: a path, a service name,
// "remote:*:443", … and absent where the log gave none.
struct Access {
  std::string operation;
  std::optional<std::string> target;
  bool operator==(const Access&) const = default;
};

// What one record says. The views point into the reader's buffer and live only as long as the call that
// hands the record over. Fields that the log did not give are absent, never made up.
struct RecordView {
  RecordKind kind = RecordKind::kOther;
  Action action = Action::kDeny;  // of a duplicate or report: what it repeats
  Provenance provenance = Provenance::kText;
  bool ambiguous = false;        // the grammar allows more than one reading; never suggest from it
  bool platform_policy = false;  // "System Policy": no edit of a profile can change it
  std::uint64_t line = 0;        // where the record begins, counted from 1
  std::uint64_t offset = 0;      // the same in bytes, from 0
  std::uint64_t duplicates = 0;  // of a duplicate: further occurrences
  std::optional<std::int64_t> pid;
  std::optional<std::int32_t> errno_number;  // the N of deny(N); read as an errno, which nobody confirmed
  std::optional<std::string_view> process;
  std::optional<std::string_view> operation;
  std::optional<std::string_view> target;
  std::optional<std::string_view> tag;   // text of `(with message "…")`
  std::optional<std::int64_t> time_ns;   // nanoseconds since 1970 UTC; text without a zone is read as UTC
  // What tells this record from every other, as 128 bits; see IdentityKind.
  std::uint64_t identity_low = 0;
  std::uint64_t identity_high = 0;
  IdentityKind identity_kind = IdentityKind::kPlace;
};

}  // namespace sbtune::access
