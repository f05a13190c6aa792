// Times of log lines as nanoseconds since 1970 UTC. A zone offset is applied; a time without one is read as
// UTC (the compact style, Console's old dates). What cannot be known is absent rather than invented: syslog
// dates have no year, a bare clock time no date, and 6/8/16 is read by half the world as August.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sbtune::ingest {

struct ReadTime {
  std::optional<std::int64_t> ns;
  std::size_t length = 0;  // bytes of the text that the time took; 0: there is none
};

// "2026-10-01 11:03:22", with T for the blank, with up to nine decimals, with "+0200", " -0700", "+02:00" or
// "Z".
[[nodiscard]] ReadTime ReadIsoTime(std::string_view text);

// "12/19/15 9:45:14.000 PM", "24.05.16 08:42:16,555", "28.9.2015 9.04.10,000", "2015/12/19 21:45:14".
// Dotted dates are day first; a date with slashes only where one of the numbers cannot be a month.
[[nodiscard]] ReadTime ReadConsoleTime(std::string_view text);

// "Jul  1 09:29:02": never a time, for want of a year; tells its length only.
[[nodiscard]] ReadTime ReadSyslogTime(std::string_view text);

// "14:21:33.302172 +0100", as Console's columns and hand-shortened lines have it; length only.
[[nodiscard]] ReadTime ReadClockTime(std::string_view text);

}  // namespace sbtune::ingest
