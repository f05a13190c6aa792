#include "daemon/ingest/target_text.h"

#include <array>

#include "daemon/ingest/lines.h"
#include "daemon/ingest/pattern.h"

namespace sbtune::ingest {
namespace {

struct Patterns {
  Pattern xcode{"(.*?)\\s*\\(in target '[^']*' from project '[^']*'\\)\\s*"};
  Pattern importer{"(.*?)\\s*\\(import fstype:.* using: sudo mdutil -t \\d+\\)\\s*"};
  // "   <- what I did then", and a dash that the rest of a wrapped sentence follows.
  Pattern note{
      "(.*?)(?:\\s+(?:\xE2\x80\x94|--)|\\s{2,}(?:\xE2\x86\x90|\xE2\x86\x92|<-|->|//"
      "|#|\xE2\x80\x94|--)\\s.*)"};
  Pattern wrapped{
      "(?:[~<\"]?(?:/|\\.\\.\\.|\xE2\x80\xA6)|\"<|<|target:|path:|remote:|local:|\\*:|[0-9a-fA-F.:]+:\\d)"};
  Pattern token{"[A-Za-z0-9_.-]+\\.[A-Za-z0-9_.:@-]+"};
};

const Patterns& Texts() {
  static const Patterns patterns;
  return patterns;
}

// Keeps what the first group matched, if the whole target matches. Nothing that has no `sign` can match.
void Keep(const Pattern& pattern, std::string_view sign, std::string_view& target) {
  if (target.find(sign) == std::string_view::npos) return;
  std::array<std::string_view, 2> groups;
  if (pattern.MatchWhole(target, groups)) target = groups[1];
}

bool TakesName(std::string_view operation) {
  for (const std::string_view start :
       {"mach-lookup", "mach-register", "mach-per-user", "appleevent-send", "sysctl"}) {
    if (operation.starts_with(start)) return true;
  }
  return false;
}

// In a boot log the next message may follow without a break: a service's name ends where its letters end.
std::string_view CutGlued(std::string_view operation, std::string_view target) {
  if (!TakesName(operation)) return target;
  return target.substr(0, target.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                   "0123456789._-:@/"));
}

bool IsElided(std::string_view target) {
  return target.find("...") != std::string_view::npos ||
         target.find("\xE2\x80\xA6") != std::string_view::npos;
}

}  // namespace

void CleanTarget(const LogLine& line, access::RecordView& record) {
  if (!record.target || line.header == Header::kLogTool) return;
  std::string_view target = *record.target;
  const std::string_view operation = record.operation.value_or("");
  Keep(Texts().xcode, " from project '", target);
  if (line.emitter == Emitter::kSandbox) Keep(Texts().importer, "sudo mdutil", target);
  if (line.header == Header::kNone) {
    for (const std::string_view sign : {"  ", " \xE2\x80\x94", " --"}) Keep(Texts().note, sign, target);
  }
  if (line.boot_log) target = CutGlued(operation, target);
  target = TrimRight(target);
  if (IsElided(target)) record.ambiguous = true;
  if (target.empty())
    record.target.reset();
  else
    record.target = target;
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
  if (takes_path) return Texts().wrapped.MatchStart(line);
  if (TakesName(operation)) return Texts().token.MatchWhole(line);
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
