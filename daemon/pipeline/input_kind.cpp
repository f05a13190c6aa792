#include "daemon/pipeline/input_kind.h"

#include <algorithm>

#include "daemon/ingest/timestamp.h"

namespace sbtune::pipeline {
namespace {

constexpr std::size_t kHead = 64u << 10;

bool IsCompressed(std::string_view head) {
  return head.starts_with("\x1f\x8b") || head.starts_with("\xFD" "7zXZ") || head.starts_with("\x28\xB5\x2F\xFD") ||
         head.starts_with("BZh");
}

bool BeginsLikeLog(std::string_view line) {
  for (const std::string_view start : {"Filtering the log data using ", "Timestamp  ", "=== Messages dropped"}) {
    if (line.starts_with(start)) return true;
  }
  return line.empty() || line == "[]" || ingest::ReadIsoTime(line).length > 0 ||
         ingest::ReadConsoleTime(line).length > 0 || ingest::ReadSyslogTime(line).length > 0;
}

}  // namespace

InputKind KindWithoutRecords(std::string_view beginning) {
  const std::string_view head = beginning.substr(0, kHead);
  if (IsCompressed(head)) return InputKind::kCompressed;
  for (const std::string_view key : {"\"eventMessage\"", "\"finished\""}) {
    if (head.find(key) != std::string_view::npos) return InputKind::kLog;
  }
  const std::size_t begin = std::min(head.find_first_not_of(" \t\r\n"), head.size());
  const std::string_view line = head.substr(begin, head.find('\n', begin) - begin);
  return BeginsLikeLog(line) ? InputKind::kLog : InputKind::kNotALog;
}

base::Status CheckSilence(const std::string& name, InputKind kind) {
  switch (kind) {
    case InputKind::kLog: return {};
    case InputKind::kNotALog:
      return base::Fail(name + " holds no sandbox record and does not look like a log; check that it is the right file");
    case InputKind::kCompressed: return base::Fail(name + " is compressed; unpack it first: gzip (bzip2, xz, zstd) -dc");
  }
  return {};
}

}  // namespace sbtune::pipeline
