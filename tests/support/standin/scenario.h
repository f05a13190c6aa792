// What the stand-in for macOS's `log` plays, read from the file `scenario` beside the program. One directive a line:
//
//   recording PATH        ndjson records; their timestamp, machTimestamp and bootUUID are stamped anew
//   start-ns N            wall clock of the first record
//   play COUNT RATE       so many records at so many a second; several follow each other. The recording is repeated
//                         as often as needed, each time as new events
//   boot INDEX UUID       from that record on another boot: new bootUUID (`-`: the empty string), ticks begin anew
//   heartbeats PATH       "TIME_NS PID MESSAGE" lines, appended by the program under test; pid 0: the kernel's sandbox
//   attach-ms N           a stream shows what is logged from so long after it was started
//   show-lag-ms N         `show` does not have the newest records yet
//   show-from-ns N        `show` has nothing older: the log has expired
//   show-cut INDEX        `show` is cut in the middle of that record and ends without its footer
//   shift-ms N            `show` gives times that differ by up to so much from those of `stream`
//   exit CODE TEXT        `stream` and `show` only say TEXT on stderr and exit
//   at INDEX drop COUNT   `stream` leaves out so many records and then says so by the plain text marker
//   at INDEX loss COUNT   the same, told by a lossEvent record
//   at INDEX lose COUNT   the same, and says nothing
//   at INDEX cut CODE     half of the record, then exit
//   at INDEX exit CODE    exit before it
//   at INDEX huge BYTES   a line of that many bytes before it
//   at INDEX stall        nothing any more, but it runs on
//   at INDEX blank        an empty line before it
//   at INDEX forge        a record of another process that claims the same and more
//   said-file PATH        `stream` appends "INDEX TIME_NS" for each record that it has written, for measuring
//   again EVERY           each so-many-th record of the stream is handed over twice
//   reorder WINDOW        records come in another order within windows of so many
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace standin {

struct Event {
  std::string what;
  std::int64_t number = 0;
};

struct Segment {
  std::int64_t count = 0;
  double rate = 1;
};

struct Scenario {
  std::string folder;
  std::vector<std::string> records;  // of the recording, blank lines and banners left out
  std::int64_t start_ns = 0;
  std::vector<Segment> segments;
  std::map<std::int64_t, std::string> boots;  // by first index
  std::string heartbeats;
  std::string said_file;
  std::int64_t attach_ns = 0, show_lag_ns = 0, show_from_ns = 0, shift_ns = 0;
  std::optional<std::int64_t> show_cut;
  std::optional<std::pair<int, std::string>> only_exit;
  std::map<std::int64_t, Event> events;
  std::int64_t again = 0, reorder = 0;

  [[nodiscard]] std::int64_t Count() const;
  [[nodiscard]] std::int64_t TimeOf(std::int64_t index) const;
  // The first record at or after that time.
  [[nodiscard]] std::int64_t IndexAt(std::int64_t time_ns) const;
  // Ticks at a time: 24 a microsecond since the boot of that time began.
  [[nodiscard]] std::uint64_t TicksAt(std::int64_t time_ns) const;
  [[nodiscard]] const std::string& BootAt(std::int64_t time_ns) const;
  // The record as `log` prints it, with `shown_ns` as its timestamp.
  [[nodiscard]] std::string Line(std::int64_t index, std::int64_t shown_ns) const;
};

struct Heartbeat {
  std::int64_t time_ns = 0;
  std::int64_t pid = 0;
  std::string message;
};

[[nodiscard]] Scenario ReadScenario(const std::string& folder);  // exits with a sentence when it cannot
[[nodiscard]] std::string FormatTime(std::int64_t wall_ns);
[[nodiscard]] std::string HeartbeatLine(const Scenario& scenario, const Heartbeat& heartbeat, std::int64_t shown_ns);
[[nodiscard]] std::string ForgedLine(const Scenario& scenario, std::int64_t index);

}  // namespace standin
