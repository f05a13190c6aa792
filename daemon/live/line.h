// Bytes of `log`'s output -> whole lines, and what each line means to us. Not a parser of records: that is
// daemon/ingest; here only what steers the source is looked at.
//
//   live::LineBuffer lines;
//   lines.Append(bytes, [&](std::string_view line) { switch (live::Classify(line)) … });
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sbtune::live {

inline constexpr std::size_t kMaxLine = 10u << 20;  // bytes; the rest of a longer line is skipped

enum class LineKind : std::uint8_t {
  kRecord,      // a JSON object, or something that we do not know and the parser may
  kHeartbeat,   // a record whose message begins like one of our markers; Mark says more
  kDropMarker,  // "=== Messages dropped during live streaming …", plain text even in ndjson
  kLossEvent,   // a record with eventType lossEvent
  kFinished,    // {"count":N,"finished":1}
  kNoise,       // banner, column header, blank line
};
[[nodiscard]] LineKind Classify(std::string_view line);

// Where a record stands in time.
struct Mark {
  std::string boot;            // bootUUID; may be the empty string (seen on 14.2)
  std::uint64_t mach = 0;      // ticks since boot; 0: absent
  std::int64_t wall_ns = 0;    // 0: absent
  bool operator==(const Mark&) const = default;
};
[[nodiscard]] Mark MarkOf(std::string_view line);

struct HeartbeatLine {
  Mark mark;
  std::string message;  // "sbtuned heartbeat PID NONCE NUMBER"
  std::int64_t pid = -1;  // of the process that wrote it, as logd says; -1: absent
};
[[nodiscard]] HeartbeatLine HeartbeatOf(std::string_view line);

// The plain value of a top-level key of a JSON line, without quotes and with escapes left as they are; absent when
// the key is. A string's own text cannot be taken for a key: its quotes are escaped.
[[nodiscard]] std::optional<std::string_view> JsonField(std::string_view line, std::string_view key);

// "2026-07-26 18:11:22.348728+1200" -> ns since 1970 UTC.
[[nodiscard]] std::optional<std::int64_t> ParseLogTime(std::string_view text);

// Cuts bytes into lines without their newline. A line longer than the limit is dropped and counted.
class LineBuffer {
 public:
  explicit LineBuffer(std::size_t max_line = kMaxLine) : max_line_(max_line) {}

  // Calls `on_line` for each line that is complete; the views die with the call.
  void Append(std::string_view bytes, const std::function<void(std::string_view)>& on_line);
  // Lines dropped since the last call, the one that is still being skipped among them.
  [[nodiscard]] std::uint64_t TakeOverlong();
  [[nodiscard]] bool HoldsPartialLine() const { return !partial_.empty() || skipping_; }
  void Clear();

 private:
  std::size_t max_line_;
  std::string partial_;
  bool skipping_ = false;
  std::uint64_t overlong_ = 0;
};

}  // namespace sbtune::live
