#include "daemon/ingest/report.h"

#include <array>

#include "daemon/ingest/json_text.h"
#include "daemon/ingest/number.h"

namespace sbtune::ingest {
namespace {

using access::RecordView;

constexpr std::size_t kShortestCutName = 15;  // bytes

constexpr std::array<std::string_view, 20> kKeys = {
    "Violation:", "Process:",       "Path:",           "Load Address:",         "Identifier:",
    "Version:",   "Code Type:",     "Parent Process:", "Responsible:",          "User ID:",
    "Date/Time:", "OS Version:",    "Release Type:",   "Report Version:",       "MetaData:",
    "Thread ",    "Binary Images:", "Build Info:",     "Failed to symbolicate", "Hardware:",
};

bool IsFrame(
    std::string_view line) {  // "0   libsystem_kernel.dylib  \t0x00007fff6b56c5be __workq_kernreturn + 10"
  const std::size_t blank = line.find(' ');
  if (blank == 0 || blank == std::string_view::npos || blank > 4) return false;
  for (const char c : line.substr(0, blank)) {
    if (!IsDigit(c)) return false;
  }
  return line.find("0x") != std::string_view::npos;
}

bool IsReportLine(std::string_view line) {
  for (const std::string_view key : kKeys) {
    if (line.starts_with(key)) return true;
  }
  if (IsFrame(line)) return true;
  return IsBlank(line.empty() ? '\0' : line[0]) && TrimLeft(line).starts_with("0x");
}

bool IsThread(std::string_view line) {  // "Thread 5 (id: 4219857):"
  return line.starts_with("Thread ") && line.find(" (id: ") != std::string_view::npos;
}

std::string_view ValueAfter(std::string_view line, std::string_view key) {
  return Trim(line.substr(key.size()));
}

void ReadViolation(std::string_view text, DenialReader& denials, RecordView& record) {
  RecordView violation;
  if (!denials.Read(text, Grammar::kLine, violation)) return;
  if (!record.operation) record = violation;
  record.platform_policy = record.platform_policy || violation.platform_policy;
}

void ReadProcess(std::string_view text, RecordView& record) {  // "Medis Helper [21868]"
  const std::size_t open = text.rfind(" [");
  if (record.process || open == std::string_view::npos || !text.ends_with(']')) return;
  record.process = text.substr(0, open);
  record.pid = ToNumber<std::int64_t>(text.substr(open + 2, text.size() - open - 3));
}

struct MetaData {
  std::optional<std::string_view> operation, target, process, action;
  std::optional<std::int64_t> pid;
  std::optional<std::int32_t> errno_number;
  std::optional<bool> platform_policy;
};

void TakeMember(const JsonMember& member, std::string& scratch, MetaData& out) {
  if (member.type == JsonMember::Type::kString) {
    const std::optional<std::string_view> text = UnescapeJson(member.value, scratch);
    if (!text) return;
    if (member.key == "operation") out.operation = text;
    if (member.key == "target") out.target = text;
    if (member.key == "process") out.process = text;
    if (member.key == "action") out.action = text;
  }
  if (member.key == "pid") out.pid = ToNumber<std::int64_t>(member.value);
  if (member.key == "errno") out.errno_number = ToNumber<std::int32_t>(member.value);
  if (member.key == "platform-policy") out.platform_policy = member.value == "true";
}

std::optional<MetaData> ReadMetaData(std::string_view text, std::string& scratch) {
  const std::size_t open = text.find('{');
  if (open == std::string_view::npos) return std::nullopt;
  Window window(text);
  const JsonExtent extent = FindJsonEnd(window, open);
  if (extent.how != JsonExtent::End::kClosed) return std::nullopt;
  const std::string_view object = text.substr(open, extent.end - open);
  scratch.clear();
  scratch.reserve(object.size());
  MetaData data;
  JsonMembers members(object);
  while (const std::optional<JsonMember> member = members.Next()) TakeMember(*member, scratch, data);
  if (members.failed()) return std::nullopt;
  return data;
}

template <typename T>
bool Contradicts(const std::optional<T>& head, const std::optional<T>& data) {
  return head && data && *head != *data;
}

bool IsOperationText(std::string_view word) {
  return !word.empty() &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-*<>") == std::string_view::npos;
}

// The kernel cuts names; a shorter one is another process's.
bool IsCutFrom(std::string_view name, std::string_view whole) {
  return name.size() >= kShortestCutName && whole.starts_with(name);
}

// A file may be called "x\nProcess: …\nMetaData: {…}": what the head does not say as well is doubted.
bool ContradictsHead(const MetaData& data, const RecordView& head) {
  const bool other_process =
      Contradicts(head.process, data.process) && !IsCutFrom(*head.process, *data.process);
  return other_process || Contradicts(head.operation, data.operation) || Contradicts(head.pid, data.pid) ||
         Contradicts(head.target, data.target);
}

void Merge(const MetaData& data, RecordView& record) {
  if (ContradictsHead(data, record)) record.ambiguous = true;
  if (data.operation && IsOperationText(*data.operation)) record.operation = data.operation;
  if (data.target) record.target = data.target->empty() ? std::nullopt : data.target;
  if (data.process) record.process = data.process;
  if (data.pid) record.pid = data.pid;
  if (data.errno_number) record.errno_number = data.errno_number;
  if (data.platform_policy) record.platform_policy = *data.platform_policy;
  if (data.action) record.action = *data.action == "allow" ? access::Action::kAllow : access::Action::kDeny;
}

}  // namespace

bool BeginsReportBody(std::string_view line, const RecordView& head, DenialReader& denials) {
  if (line.starts_with("Process: ")) return true;
  if (!line.starts_with("Violation: ")) return false;
  RecordView violation;
  const std::string_view text = line.substr(0, line.find('\n'));
  return !denials.Read(ValueAfter(text, "Violation:"), Grammar::kLine, violation) ||
         violation.operation == head.operation;
}

bool BeginsReportPiece(std::string_view line) { return line.starts_with("Violation: ") || IsThread(line); }

std::size_t FindReportEnd(Window& window, std::size_t at) {
  std::size_t end = at;
  while (!window.AtEnd(at)) {
    const Line line = window.LineAt(at);
    if (BeginsRecord(line.text)) break;
    if (line.text.empty() || Trim(line.text).empty()) {
      at = line.next;
      continue;
    }
    if (!IsReportLine(line.text)) break;
    at = line.next;
    const std::size_t brace =
        line.text.starts_with("MetaData:") ? line.text.find('{') : std::string_view::npos;
    if (brace != std::string_view::npos) {
      const auto begin = static_cast<std::size_t>(line.text.data() - window.bytes().data()) + brace;
      const JsonExtent extent = FindJsonEnd(window, begin);
      if (extent.how == JsonExtent::End::kClosed && extent.end > at) at = window.LineAt(extent.end - 1).next;
    }
    end = at;
  }
  return end;
}

void ReadReportBody(std::string_view body, DenialReader& denials, ReportScratch& scratch,
                    RecordView& record) {
  Window window(body);
  std::size_t meta_at = std::string_view::npos;
  for (std::size_t at = 0; at < body.size();) {
    const Line line = window.LineAt(at);
    if (line.text.starts_with("Violation:"))
      ReadViolation(ValueAfter(line.text, "Violation:"), denials, record);
    if (line.text.starts_with("Process:")) ReadProcess(ValueAfter(line.text, "Process:"), record);
    if (line.text.starts_with("MetaData:")) {
      if (meta_at != std::string_view::npos) record.ambiguous = true;
      meta_at = at;
    }
    at = line.next;
  }
  if (meta_at != std::string_view::npos) {
    if (const std::optional<MetaData> data = ReadMetaData(body.substr(meta_at), scratch.text))
      Merge(*data, record);
  }
  record.kind = access::RecordKind::kReport;
  record.duplicates = 0;
}

}  // namespace sbtune::ingest
