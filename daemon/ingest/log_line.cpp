#include "daemon/ingest/log_line.h"

#include <array>
#include <span>

#include "daemon/ingest/emitter.h"
#include "daemon/ingest/json_text.h"
#include "daemon/ingest/lines.h"
#include "daemon/ingest/pattern.h"
#include "daemon/ingest/timestamp.h"

namespace sbtune::ingest {
namespace {

constexpr std::size_t npos = std::string_view::npos;

struct Patterns {
  // Quote, comment, list and diff marks: "> ", "//! ", "- [x] ", "> [...] ".
  Pattern marks{
      "(?:[ \\t>#;|]+|/{2,3}!?|\\*+\\s|[+-]+[\\s>]|\xE2\x80\xA2\\s|\\[[ x.]*\\]\\s|\\[\xE2\x80\xA6\\]\\s)*"};
  Pattern boot_time{"\\[\\s*[0-9]+\\.[0-9]+\\]:?\\s"};
  // A second header inside the message: the name of the process may have imitated the first.
  Pattern inner_header{"\\[[0-9]+:[0-9a-f]+\\] |\\[[0-9]+\\]: \\("};
};

const Patterns& Headers() {
  static const Patterns patterns;
  return patterns;
}

ReadTime ReadDate(std::string_view text) {
  ReadTime time = ReadIsoTime(text);
  return time.length != 0 ? time : ReadConsoleTime(text);
}

// A date, then who wrote the line.
bool ReadDated(LogLine& line) {
  const bool iso = BeginsWithIsoTime(line.message);
  ReadTime time = ReadDate(line.message);
  if (time.length == 0) time = ReadSyslogTime(line.message);
  if (time.length == 0) return false;
  line.time_ns = time.ns;
  line.dated = true;
  line.message = TrimLeft(line.message.substr(time.length));
  if (TakeEmitter(line) || TakeShortEmitter(line)) line.header = iso ? Header::kLogTool : Header::kSystem;
  return true;
}

// Up to five cells of a row with tabs, the last one with all that is left.
std::size_t SplitRow(std::string_view row, std::span<std::string_view, 5> cells) {
  std::size_t count = 0;
  while (count < cells.size()) {
    const std::size_t tab = row.find('\t');
    cells[count++] = row.substr(0, tab);
    if (tab == npos) break;
    row.remove_prefix(tab + 1);
  }
  return count;
}

std::string_view WithoutPid(std::string_view process) {  // "kernel[0]"
  process = Trim(process);
  return process.substr(0, process.find('['));
}

// Rows copied from Console: [type] time process [library] message, with tabs between them.
bool ReadConsoleRow(LogLine& line) {
  std::array<std::string_view, 5> cells;
  const std::size_t count = SplitRow(line.message, cells);
  for (std::size_t i = 0; i < 2 && i + 2 < count; ++i) {
    const std::string_view cell = Trim(cells[i]);
    const ReadTime date = ReadDate(cell);
    if (date.length == 0 && ReadClockTime(cell).length == 0) continue;
    // The library's column has no blank and no colon; a message has both.
    const bool has_library = i + 3 < count && cells[i + 2].find_first_of(" :") == npos;
    const std::string_view message = cells[i + (has_library ? 3 : 2)];
    line.dated = date.length != 0;
    line.time_ns = date.ns;
    line.header = Header::kSystem;
    line.emitter = WhoIs(WithoutPid(cells[i + 1]), "", has_library ? cells[i + 2] : "");
    line.message.remove_prefix(static_cast<std::size_t>(message.data() - line.message.data()));
    return true;
  }
  return false;
}

// A row first: its date would pass for that of a line.
bool ReadHeader(LogLine& line) {
  if (line.message.find('\t') != npos && ReadConsoleRow(line)) return true;
  return ReadDated(line);
}

// A string of an .ips report's filtered log: `"… sandboxd[102] (sandboxd): …",` with JSON's escapes.
bool ReadReportString(LogLine& line, std::string& scratch) {
  std::string_view text = TrimRight(line.message);
  if (text.ends_with(',')) text.remove_suffix(1);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  if (!BeginsWithIsoTime(text)) return false;
  const std::optional<std::string_view> plain = UnescapeJson(text, scratch);
  if (!plain) return false;
  line.message = *plain;
  if (!ReadDated(line)) return false;
  line.header = Header::kSystem;
  line.ambiguous = line.message.ends_with("...");  // the report cuts long messages
  return true;
}

// `line`, "line", _line_: what stands between the marks.
void TakeQuotes(LogLine& line) {
  const std::string_view text = TrimRight(line.message);
  if (text.size() < 2) return;
  const char mark = text[0];
  if (mark == '_' && text.back() == '_') line.message = text.substr(1, text.size() - 2);
  if (mark != '`' && mark != '"' && mark != '\'') return;
  const std::string_view inside = text.substr(1, text.find(mark, 1) - 1);
  if (!MentionsAccess(inside)) return;  // some other quotation comes first
  line.message = inside;
  line.in_backquotes = mark == '`';
}

// "[   12.407245]: …", "22:25:49.487  …", "kernel[0]: …", "(Sandbox) …"
void ReadUndated(LogLine& line) {
  std::array<std::string_view, 1> match;
  if (Headers().boot_time.MatchStart(line.message, match)) {
    line.boot_log = true;
    line.message.remove_prefix(match[0].size());
  } else if (const ReadTime clock = ReadClockTime(line.message); clock.length != 0) {
    line.message = TrimLeft(line.message.substr(clock.length));
  }
  LogLine named = line;
  // Without a date, "something[12]: " may be prose: only the two that we look for count.
  if ((TakeEmitter(named) && named.emitter == Emitter::kSandbox) || TakeShortEmitter(named)) {
    line = named;
    line.header = Header::kSystem;
  }
}

}  // namespace

bool IsLogFrame(std::string_view line) {
  return line.starts_with("Filtering the log data using ") || line.starts_with("=== ") ||
         line.starts_with("Timestamp  ") || line.starts_with("-------");
}

LogLine ReadLogLine(std::string_view text, std::string& scratch) {
  LogLine line;
  line.message = text;
  if (!ReadHeader(line)) {
    std::array<std::string_view, 1> marks;
    if (Headers().marks.MatchStart(text, marks)) {
      line.message.remove_prefix(marks[0].size());
      line.in_cell = marks[0].find('|') != npos;
    }
    if (ReadReportString(line, scratch)) return line;
    TakeQuotes(line);
    if (!ReadHeader(line)) ReadUndated(line);
  }
  if (line.header != Header::kNone && Headers().inner_header.Search(line.message, 0)) line.ambiguous = true;
  return line;
}

}  // namespace sbtune::ingest
