// One line of text -> what its header says (when, who) and the message after it. Knows the styles of `log`,
// old syslog, Console's rows of any language, iOS, dmesg, the strings of .ips reports, and the marks that
// people put in front of what they paste. Says nothing about the message itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sbtune::ingest {

enum class Header : std::uint8_t {
  kLogTool,  // a style of `log`: the message is exact to the byte
  kSystem,   // syslog, Console, iOS, .ips: a system's line, perhaps through a clipboard
  kNone,     // none that we know: bare, quoted, in prose
};

enum class Emitter : std::uint8_t {
  kUnknown,
  kSandbox,  // kernel (its sandbox kext, where the sender shows) or sandboxd
  kOther,    // the header names somebody else
};

struct LogLine {
  std::string_view message;
  Header header = Header::kNone;
  Emitter emitter = Emitter::kUnknown;
  bool dated = false;      // has a date, perhaps without a year
  bool ambiguous = false;  // the header can be read in two ways, or the text was cut
  bool boot_log = false;   // dmesg: messages may be glued together
  bool in_backquotes = false;
  bool in_cell = false;  // of a table: behind a "|"
  std::optional<std::int64_t> time_ns;
};

// Views point into `line`, or into `scratch` where text had to be unescaped.
[[nodiscard]] LogLine ReadLogLine(std::string_view line, std::string& scratch);

// A banner, a column header or a marker of `log` itself.
[[nodiscard]] bool IsLogFrame(std::string_view line);

}  // namespace sbtune::ingest
