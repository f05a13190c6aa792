#include "daemon/ingest/target_text.h"

#include <array>

#include <re2/re2.h>

#include "daemon/ingest/lines.h"

namespace sbtune::ingest {
namespace {

re2::RE2::Options Bytes() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return options;
}

struct Patterns {
  re2::RE2 xcode{"^(.*?)\\s*\\(in target '[^']*' from project '[^']*'\\)\\s*$", Bytes()};
  re2::RE2 importer{"^(.*?)\\s*\\(import fstype:.* using: sudo mdutil -t \\d+\\)\\s*$", Bytes()};
  // "   <- what I did then", and a dash that the rest of a wrapped sentence follows.
  re2::RE2 note{"^(.*?)(?:\\s+(?:\xE2\x80\x94|--)|\\s{2,}(?:\xE2\x86\x90|\xE2\x86\x92|<-|->|//|#|\xE2\x80\x94|--)\\s.*)$",
                Bytes()};
  re2::RE2 glued_message{"^(.*?)(?:[0-9]{1,9} duplicate reports? for )?(?:Sandbox|System Policy): ", Bytes()};
  re2::RE2 wrapped{
      "^(?:[~<\"]?(?:/|\\.\\.\\.|\xE2\x80\xA6)|\"<|<|target:|path:|remote:|local:|\\*:|[0-9a-fA-F.:]+:\\d)", Bytes()};
  re2::RE2 token{"^[A-Za-z0-9_.-]+\\.[A-Za-z0-9_.:@-]+$", Bytes()};
};

const Patterns& Texts() {
  static const Patterns patterns;
  return patterns;
}

void Keep(const re2::RE2& pattern, std::string_view& target) {
  re2::StringPiece kept;
  if (re2::RE2::PartialMatch({target.data(), target.size()}, pattern, &kept)) target = {kept.data(), kept.size()};
}

bool TakesName(std::string_view operation) {
  for (const std::string_view start : {"mach-lookup", "mach-register", "mach-per-user", "appleevent-send", "sysctl"}) {
    if (operation.starts_with(start)) return true;
  }
  return false;
}

// In a boot log the next message may follow without a break: a service's name ends where its letters end.
void CutGlued(std::string_view operation, access::RecordView& record, std::string_view& target) {
  const std::size_t before = target.size();
  Keep(Texts().glued_message, target);
  if (target.size() != before) record.ambiguous = true;
  if (!TakesName(operation)) return;
  const std::size_t end = target.find_first_not_of(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:@/");
  target = target.substr(0, end);
}

bool IsElided(std::string_view target) {
  return target.find("...") != std::string_view::npos || target.find("\xE2\x80\xA6") != std::string_view::npos;
}

}  // namespace

void CleanTarget(const LogLine& line, access::RecordView& record) {
  if (!record.target || line.header == Header::kLogTool) return;
  std::string_view target = *record.target;
  const std::string_view operation = record.operation.value_or("");
  Keep(Texts().xcode, target);
  if (line.emitter == Emitter::kSandbox) Keep(Texts().importer, target);
  if (line.header == Header::kNone) Keep(Texts().note, target);
  if (line.boot_log) CutGlued(operation, record, target);
  target = TrimRight(target);
  if (IsElided(target)) record.ambiguous = true;
  if (target.empty()) record.target.reset();
  else record.target = target;
}

bool UnescapeMarkdown(std::string_view target, std::string& out) {
  if (!target.starts_with("others \\[") || !target.ends_with("\\]")) return false;
  out = "others [";
  out += target.substr(9, target.size() - 11);
  out += ']';
  return true;
}

bool IsWrappedTarget(std::string_view operation, std::string_view line) {
  const bool indented = !line.empty() && IsBlank(line[0]);
  line = Trim(line);
  if (line.empty()) return false;
  const bool takes_path = operation.starts_with("file-") || operation.starts_with("process-exec") ||
                          operation.starts_with("network");
  if (takes_path) return re2::RE2::PartialMatch({line.data(), line.size()}, Texts().wrapped);
  if (TakesName(operation)) return re2::RE2::FullMatch({line.data(), line.size()}, Texts().token);
  return indented && line.find(": ") == std::string_view::npos;
}

bool ContinuesTarget(std::string_view line) {
  line = Trim(line);
  for (const std::string_view start : {"extension-class:", "property:", "ioctl-command:", "iokit-class:"}) {
    if (line.starts_with(start)) return true;
  }
  return false;
}

}  // namespace sbtune::ingest
