#include "daemon/ingest/emitter.h"

#include <array>

#include "daemon/ingest/pattern.h"

namespace sbtune::ingest {
namespace {

constexpr std::size_t kLongest = 512;  // bytes of a line that a header may take

struct Patterns {
  // Thread, type, activity, PID, TTL (since 10.13), the caller with --source, process, sender, category.
  Pattern columns{
      "0x[0-9a-f]+\\s+[A-Z][A-Za-z]*\\s+0x[0-9a-f]+\\s+([0-9]+)\\s+(?:[0-9]+\\s+)?(?:<[^<>]*>\\s)?"
      "([^\\[\\]]{1,96}?):\\s(?:\\(([^()]*)\\)\\s)?(?:\\[[^\\[\\]]*\\]\\s)?"};
  // "E  kernel[0:4c663ab] (Sandbox) [subsystem:category] "; where --source puts the caller in this style and
  // the next, before or behind the sender, nobody could see on a Mac.
  Pattern compact{
      "[A-Z][a-z]?\\s+([^\\[\\]]{1,96}?)\\[([0-9]+):[0-9a-z]+\\]\\s+(?:<[^<>]*`[^<>]*>\\s+)?"
      "(?:\\(([^()]*)\\)\\s+)?(?:<[^<>]*`[^<>]*>\\s+)?"
      "(?:\\[[\\w.]*:[\\w.]*\\]\\s*)?"};
  // "host name(sender)[pid]: ", "sandboxd[129] ([31211]): ", "name[pid] <Level>: (sender)
  // [subsystem:category] ", and in .ips reports "error 0x00649 0x0 sandboxd[102] (sandboxd): ".
  Pattern name_and_pid{
      "(?:\\w+\\s+0x[0-9a-f]+\\s+0x[0-9a-f]+\\s+)?"
      "([^\\[\\]]{0,95}?[^\\[\\]\\s])(?:\\(([^()]*)\\))?\\[([0-9]+)(?::[0-9a-z]+)?\\]:?\\s*"
      "(?:\\(\\[[0-9]+\\]\\):?\\s*)?(?:<[A-Za-z]+>:?\\s*)?(?:<[^<>]*`[^<>]*>\\s+)?(?:\\(([^()]*)\\):?\\s+)?"
      "(?:<[^<>]*`[^<>]*>\\s+)?(?:\\[[\\w.]*:[\\w.]*\\]\\s*)?"
      "(?:\\(\\[[0-9]+\\]\\):?\\s*)?"};
  Pattern short_form{
      "(?:\\S+\\s)?(?:kernel|sandboxd)(?::\\s*|\\s+-\\s+|\\s+)(?:\\(Sandbox\\)\\s*)?(?:\\[[\\w.]+:\\w+\\]\\s*"
      ")?"
      "|\\(Sandbox\\)\\s+"};
};

const Patterns& Emitters() {
  static const Patterns patterns;
  return patterns;
}

bool Take(const Pattern& pattern, LogLine& line, std::span<std::string_view> groups) {
  if (!pattern.MatchStart(line.message.substr(0, kLongest), groups)) return false;
  line.message.remove_prefix(groups[0].size());
  return true;
}

// "localhost kernel" -> "kernel": syslog puts the host in front.
std::string_view WithoutHost(std::string_view name) { return name.substr(name.rfind(' ') + 1); }

}  // namespace

Emitter WhoIs(std::string_view process, std::string_view pid, std::string_view sender) {
  if (process == "sandboxd") return Emitter::kSandbox;
  const bool kernel = process == "kernel" && (pid.empty() || pid == "0");
  return kernel && (sender.empty() || sender == "Sandbox") ? Emitter::kSandbox : Emitter::kOther;
}

bool TakeEmitter(LogLine& line) {
  std::array<std::string_view, 5> groups;
  if (Take(Emitters().columns, line, std::span(groups).first(4))) {
    line.emitter = WhoIs(groups[2], groups[1], groups[3]);
    return true;
  }
  if (Take(Emitters().compact, line, std::span(groups).first(4))) {
    line.emitter = WhoIs(groups[1], groups[2], groups[3]);
    return true;
  }
  if (!Take(Emitters().name_and_pid, line, groups)) return false;
  const std::string_view sender = TookPart(groups[4]) ? groups[4] : groups[2];
  line.emitter = WhoIs(WithoutHost(groups[1]), groups[3], sender);
  return true;
}

bool TakeShortEmitter(LogLine& line) {
  std::array<std::string_view, 1> groups;
  if (!Take(Emitters().short_form, line, groups)) return false;
  line.emitter = Emitter::kSandbox;
  return true;
}

}  // namespace sbtune::ingest
