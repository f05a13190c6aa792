#include "daemon/ingest/log_line.h"

#include <array>
#include <cstring>

#include <re2/re2.h>

#include "daemon/ingest/json_text.h"
#include "daemon/ingest/lines.h"
#include "daemon/ingest/timestamp.h"

namespace sbtune::ingest {
namespace {

using re2::StringPiece;

re2::RE2::Options Bytes() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return options;
}

struct Patterns {
  // Quote, comment, list and diff marks: "> ", "//! ", "- [x] ", "> [...] ".
  re2::RE2 marks{"(?:[ \\t>#;|]+|/{2,3}!?|\\*+\\s|[+-]+[\\s>]|\xE2\x80\xA2\\s|\\[[ x.]*\\]\\s|\\[\xE2\x80\xA6\\]\\s)*",
                 Bytes()};
  // default style: thread, type, activity, PID, TTL (since 10.13), the caller with --source, process, sender, category
  re2::RE2 default_style{
      "0x[0-9a-f]+\\s+[A-Z][A-Za-z]*\\s+0x[0-9a-f]+\\s+([0-9]+)\\s+(?:[0-9]+\\s+)?(?:<[^<>]*>\\s)?"
      "([^\\[\\]]{1,96}?):\\s(?:\\(([^()]*)\\)\\s)?(?:\\[[^\\[\\]]*\\]\\s)?",
      Bytes()};
  // compact, syslog, old syslog with or without a host, iOS, .ips: something[pid]
  re2::RE2 process_and_pid{
      "(?:[A-Z][a-z]?\\s+|\\w+\\s+0x[0-9a-f]+\\s+0x[0-9a-f]+\\s+)?"
      "([^\\[\\]]{1,96}?)(?:\\(([^()]*)\\))?\\[(\\d+)(?::[0-9a-z]+)?\\](:?)\\s*"
      "(?:\\(\\[\\d+\\]\\):?\\s*)?(?:<[A-Za-z]+>:?\\s*)?(?:\\(([^()]*)\\):?\\s+)?(?:\\[[\\w.]*:[\\w.]*\\]\\s*)?"
      "(?:\\(\\[\\d+\\]\\):?\\s*)?",
      Bytes()};
  // "kernel: (Sandbox) ", "kernel [com.apple.sandbox.reporting:violation] ", "host kernel: ", "(Sandbox) "
  re2::RE2 process_alone{
      "(?:\\S+\\s)?(?:kernel|sandboxd)(?::\\s*|\\s+-\\s+|\\s+)(?:\\(Sandbox\\)\\s*)?(?:\\[[\\w.]+:\\w+\\]\\s*)?"
      "|\\(Sandbox\\)\\s+",
      Bytes()};
  re2::RE2 boot_time{"\\[\\s*\\d+\\.\\d+\\]:?\\s", Bytes()};
  // A second header inside the message: the name of the process may have imitated the first.
  re2::RE2 inner_header{"\\[\\d+:[0-9a-f]+\\] |\\[\\d+\\]: \\(", Bytes()};
};

const Patterns& Headers() {
  static const Patterns patterns;
  return patterns;
}

std::string_view View(const StringPiece& piece) { return {piece.data(), piece.size()}; }

std::size_t MatchAtStart(const re2::RE2& pattern, std::string_view text, StringPiece* groups, int count) {
  StringPiece own[1];
  if (count == 0) groups = own;
  const bool matched = pattern.Match({text.data(), text.size()}, 0, std::min<std::size_t>(text.size(), 512),
                                     re2::RE2::ANCHOR_START, groups, std::max(count, 1));
  return matched ? groups[0].size() : 0;
}

// In syslog's form a host stands before the name: "localhost kernel".
std::string_view WithoutHost(std::string_view name) {
  const std::size_t blank = name.rfind(' ');
  return blank == std::string_view::npos ? name : name.substr(blank + 1);
}

Emitter WhoIs(std::string_view name, std::string_view pid, std::string_view sender) {
  if (name == "sandboxd") return Emitter::kSandbox;
  const bool kernel = name == "kernel" && (pid.empty() || pid == "0");
  return kernel && (sender.empty() || sender == "Sandbox") ? Emitter::kSandbox : Emitter::kOther;
}

// Takes "NAME[PID]…" or the default style's columns off the front of the message.
bool ReadEmitter(LogLine& line) {
  StringPiece groups[6];
  const Patterns& headers = Headers();
  if (const std::size_t length = MatchAtStart(headers.default_style, line.message, groups, 4)) {
    line.emitter = WhoIs(View(groups[2]), View(groups[1]), View(groups[3]));
    line.message.remove_prefix(length);
    return true;
  }
  if (const std::size_t length = MatchAtStart(headers.process_and_pid, line.message, groups, 6)) {
    const std::string_view sender = groups[5].data() != nullptr ? View(groups[5]) : View(groups[2]);
    const bool syslog = !groups[4].empty();
    const std::string_view name = View(groups[1]);
    line.emitter = WhoIs(syslog || !line.dated ? WithoutHost(name) : name, View(groups[3]), sender);
    if (line.emitter == Emitter::kOther && line.header != Header::kLogTool) {
      line.emitter = WhoIs(WithoutHost(name), View(groups[3]), sender);
    }
    line.message.remove_prefix(length);
    return true;
  }
  return false;
}

bool ReadEmitterAlone(LogLine& line) {
  const std::size_t length = MatchAtStart(Headers().process_alone, line.message, nullptr, 0);
  if (length == 0) return false;
  line.emitter = Emitter::kSandbox;
  line.message.remove_prefix(length);
  return true;
}

// Rows copied from Console: [type] time process [library] message, with tabs between them.
bool ReadConsoleRow(LogLine& line) {
  std::array<std::string_view, 5> cells;
  std::size_t count = 0;
  std::string_view rest = line.message;
  while (count < cells.size()) {
    const std::size_t tab = rest.find('\t');
    cells[count++] = rest.substr(0, tab);
    if (tab == std::string_view::npos) break;
    rest.remove_prefix(tab + 1);
  }
  for (std::size_t i = 0; i < 2 && i + 2 < count; ++i) {
    const std::string_view cell = Trim(cells[i]);
    ReadTime time = ReadIsoTime(cell);
    if (time.length == 0) time = ReadConsoleTime(cell);
    line.dated = time.length != 0;
    if (time.length == 0) time = ReadClockTime(cell);
    if (time.length == 0) continue;
    line.time_ns = time.ns;
    std::string_view process = Trim(cells[i + 1]);
    if (process.ends_with("[0]")) process.remove_suffix(3);
    // The library column has no blank and no colon; a message has both.
    const bool has_library = i + 3 < count && cells[i + 2].find_first_of(" :") == std::string_view::npos;
    const std::string_view first = cells[i + (has_library ? 3 : 2)];
    line.header = Header::kSystem;
    line.emitter = WhoIs(process, "", has_library && process == "kernel" ? cells[i + 2] : "");
    line.message.remove_prefix(static_cast<std::size_t>(first.data() - line.message.data()));
    return true;
  }
  line.dated = false;
  return false;
}

void TakeTime(LogLine& line, const ReadTime& time, Header header) {
  line.time_ns = time.ns;
  line.dated = true;
  line.header = header;
  line.message.remove_prefix(time.length);
  line.message = TrimLeft(line.message);
}

bool ReadDated(LogLine& line) {
  ReadTime time = ReadIsoTime(line.message);
  const bool iso = time.length != 0;
  if (!iso) time = ReadConsoleTime(line.message);
  if (time.length == 0) time = ReadSyslogTime(line.message);
  if (time.length == 0) return false;
  TakeTime(line, time, iso ? Header::kLogTool : Header::kSystem);
  if (!ReadEmitter(line) && !ReadEmitterAlone(line)) line.header = Header::kNone;
  return true;
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

bool ReadHeader(LogLine& line) { return ReadDated(line) || ReadConsoleRow(line); }

// `line`, "line", _line_: what stands between the marks.
void TakeQuotes(LogLine& line) {
  const std::string_view text = TrimRight(line.message);
  if (text.size() < 2) return;
  const char mark = text[0];
  if (mark == '_' && text.back() == '_') line.message = text.substr(1, text.size() - 2);
  if (mark != '`' && mark != '"' && mark != '\'') return;
  line.message = text.substr(1, text.find(mark, 1) - 1);
  line.in_backquotes = mark == '`';
}

// "[   12.407245]: …", "22:25:49.487  …", "kernel[0]: …", "(Sandbox) …"
void ReadUndated(LogLine& line) {
  if (const std::size_t length = MatchAtStart(Headers().boot_time, line.message, nullptr, 0)) {
    line.boot_log = true;
    line.message.remove_prefix(length);
  } else if (const ReadTime clock = ReadClockTime(line.message); clock.length != 0) {
    line.message = TrimLeft(line.message.substr(clock.length));
  }
  LogLine named = line;
  if ((ReadEmitter(named) && named.emitter == Emitter::kSandbox) || ReadEmitterAlone(named)) {
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
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  line.message = text;
  if (!ReadHeader(line)) {
    line.message.remove_prefix(MatchAtStart(Headers().marks, line.message, nullptr, 0));
    if (ReadReportString(line, scratch)) return line;
    TakeQuotes(line);
    if (!ReadHeader(line)) ReadUndated(line);
  }
  if (line.header != Header::kNone && line.message.find('[') != std::string_view::npos) {
    line.ambiguous = re2::RE2::PartialMatch({line.message.data(), line.message.size()}, Headers().inner_header);
  }
  return line;
}

}  // namespace sbtune::ingest
