// The commonest headers by hand: the kernel's lines in `log`'s compact, default and syslog styles. Answers as
// ReadLogLine() does or not at all; log_line_test.cpp holds the two against each other.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/ingest/log_line.h"

namespace sbtune::ingest {

class PlainLineReader {
 public:
  [[nodiscard]] bool Read(std::string_view text, LogLine& line);

 private:
  [[nodiscard]] std::optional<std::int64_t> TimeOf(std::string_view text);

  // Lines of one minute share what their first 16 bytes say.
  std::array<char, 16> minute_{};
  std::int64_t minute_ns_ = 0;
};

}  // namespace sbtune::ingest
