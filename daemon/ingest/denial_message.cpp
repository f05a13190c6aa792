#include "daemon/ingest/denial_message.h"

#include <algorithm>
#include <array>
#include <string>

#include "daemon/ingest/lines.h"
#include "daemon/ingest/number.h"
#include "daemon/ingest/pattern.h"

namespace sbtune::ingest {
namespace {

using access::Action;
using access::RecordKind;
using access::RecordView;

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t kHead = 160;       // bytes behind the prefix in which an action may stand
constexpr std::size_t kOperation = 128;  // bytes that action and operation take at most

struct Patterns {
  // "3 duplicate reports for ", "Sandbox: ", and the older "Sandbox: 3 duplicate reports for ". A name may
  // begin with blanks, so the exact form takes one only.
  Pattern prefix{
      "(?:([0-9]{1,9}) duplicate reports? for )?"
      "(?:([Ss]andbox|SandboxViolation|Protobox|System Policy): )?"
      "(?:([0-9]{1,9}) duplicate reports? for )?"};
  Pattern loose_prefix{
      "(?:([0-9]{1,9}) duplicate reports? for )?"
      "(?:([Ss]andbox|SandboxViolation|Protobox|System Policy):\\s+)?"
      "(?:([0-9]{1,9}) duplicate reports? for )?"};
  // "deny(1) file-read-data"
  Pattern action{
      "(deny|allow)(?:\\(([0-9]{1,5})\\))?\\s+"
      "([a-z][a-z0-9]*(?:-[a-z0-9]+)*\\*?(?:<[a-z][a-z0-9*-]*>)?)"};
  // What stands between prefix and action.
  Pattern process_and_pid{"(.{1,64}?)\\((-?[0-9][0-9,]{0,14})\\)\\s+(?:(System Policy):\\s+)?"};
  Pattern process_only{"([^()/<>]{1,64}?)\\s+(?:(System Policy):\\s+)?"};
  Pattern any_process_only{"([^/<>]{1,64}?)\\s+(?:(System Policy):\\s+)?"};
  Pattern nothing{"(?:(System Policy):\\s+)?"};
  // "Sandbox  pid:5678 process:(curl) deny(1) …": no system writes it, test suites do.
  Pattern labelled{"Sandbox\\s+pid:([0-9]{1,10}) process:\\(([^()]{1,64})\\)\\s+"};
  // "(pid)", "(NNN)", "(...)": what stands in documentation where a number was.
  Pattern placeholder{"\\((?:pid|PID|N+|\\.+|\\[.*\\])\\)$"};
  // The kernel knows addresses, not names of hosts; proxies know names.
  Pattern host_name{"(?:https?://|[A-Za-z][A-Za-z0-9-]*(?:\\.[A-Za-z0-9-]+)+:[0-9])"};
};

const Patterns& Grammars() {
  static const Patterns patterns;
  return patterns;
}

// "15726", "-1", "55,805": a comma only before three digits.
std::optional<std::int64_t> ToPid(std::string_view digits) {
  if (digits.find(',') == npos) return ToNumber<std::int64_t>(digits);
  std::string plain;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != ',') {
      plain += digits[i];
      continue;
    }
    const std::size_t group = std::min(digits.find(',', i + 1), digits.size()) - i - 1;
    if (group != 3) return std::nullopt;
  }
  return ToNumber<std::int64_t>(plain);
}

struct Prefix {
  bool duplicate = false;
  std::uint64_t duplicates = 0;
  bool named = false;  // "Sandbox:" or a kin of it
  bool platform_policy = false;
  bool old_duplicates = false;  // the older order, which has no pid
  std::size_t length = 0;
};

Prefix ReadPrefix(std::string_view message, Grammar grammar) {
  std::array<std::string_view, 4> groups;
  Prefix prefix;
  const Pattern& pattern = grammar == Grammar::kRecord ? Grammars().prefix : Grammars().loose_prefix;
  if (!pattern.MatchStart(message.substr(0, 96), groups)) return prefix;
  prefix.length = groups[0].size();
  prefix.named = TookPart(groups[2]);
  // Protobox is a platform profile as well; that no edit of a profile changes it was never checked on a Mac.
  prefix.platform_policy = groups[2] == "System Policy" || groups[2] == "Protobox";
  prefix.old_duplicates = TookPart(groups[3]) && !TookPart(groups[1]);
  for (const std::string_view count : {groups[1], groups[3]}) {
    if (!TookPart(count)) continue;
    prefix.duplicate = true;
    prefix.duplicates = ToNumber<std::uint64_t>(count).value_or(0);
  }
  return prefix;
}

// One way to cut a message: at one "deny" or "allow".
struct Reading {
  std::optional<std::string_view> process;
  std::optional<std::int64_t> pid;
  bool platform_policy = false;
  Action action = Action::kDeny;
  std::optional<std::int32_t> errno_number;
  std::string_view operation;
  std::optional<std::string_view> target;
  bool known_operation = false;
  bool slash_in_name = false;  // no process has such a name, so such a reading only casts doubt on another
};

// "file-read-data" and what follows it. False where the word is no operation or runs on into something else.
bool ReadOperation(std::string_view word, std::string_view rest, Grammar grammar, OperationNames& names,
                   Reading& out) {
  const bool by_hand = grammar != Grammar::kRecord;
  out.operation = word;
  out.known_operation = names.Knows(word);
  if (rest.empty()) return true;
  if (rest[0] == ' ' || (by_hand && rest[0] == '\t')) {
    const std::string_view target = by_hand ? TrimLeft(rest) : rest.substr(1);
    if (!target.empty()) out.target = target;
    return true;
  }
  if (rest[0] == ':' && word.ends_with('*')) {  // "network-bind*:1921": the star belongs to the address
    out.operation.remove_suffix(1);
    out.known_operation = names.Knows(out.operation);
    out.target = std::string_view(rest.data() - 1, rest.size() + 1);
    return out.known_operation;
  }
  // "file-write-create, /path": a build tool's, or a hand's.
  if (by_hand && out.known_operation && rest[0] == ',' && TrimLeft(rest.substr(1)).starts_with('/')) {
    out.target = TrimLeft(rest.substr(1));
    return true;
  }
  // "file-write-create...", "file-read-data.`", "file-write-create,Error …": a copy that ends here.
  return by_hand && out.known_operation && std::string_view(".,;`\"'").find(rest[0]) != npos;
}

bool IsElided(std::string_view name) {
  return name.find("...") != npos || name.find("\xE2\x80\xA6") != npos ||
         Grammars().placeholder.Search(name, 0);
}

// A name whose pid was cut off, or never printed.
bool ReadNameAlone(std::string_view left, const Prefix& prefix, Grammar grammar, Reading& out) {
  const bool pid_may_miss =
      prefix.old_duplicates || grammar == Grammar::kCell || (grammar != Grammar::kRecord && prefix.named);
  if (!pid_may_miss) return false;
  std::array<std::string_view, 3> groups;
  const Pattern& name = prefix.old_duplicates ? Grammars().any_process_only : Grammars().process_only;
  if (!name.MatchWhole(left, groups)) return false;
  out.process = groups[1];
  out.platform_policy = TookPart(groups[2]);
  const bool one_word = groups[1].find_first_of(" :,;") == npos;
  return !Trim(groups[1]).empty() && !IsElided(groups[1]) && (grammar != Grammar::kCell || one_word);
}

// Who: `left` is all that stands between prefix and action.
bool ReadSubject(std::string_view left, const Prefix& prefix, Grammar grammar, Reading& out) {
  std::array<std::string_view, 4> groups;
  if (Grammars().process_and_pid.MatchWhole(left, groups)) {
    out.process = groups[1];
    out.pid = ToPid(groups[2]);
    out.platform_policy = TookPart(groups[3]);
    out.slash_in_name = groups[1].find('/') != npos;
    return out.pid.has_value() && !Trim(groups[1]).empty();
  }
  if (grammar == Grammar::kLine && Grammars().labelled.MatchWhole(left, groups)) {
    out.process = groups[2];
    out.pid = ToPid(groups[1]);
    return out.pid.has_value();
  }
  const bool nobody = grammar == Grammar::kLine || grammar == Grammar::kQuote;
  if (nobody && Grammars().nothing.MatchWhole(left, std::span(groups).first(2))) {
    out.platform_policy = TookPart(groups[1]);
    // "… NAME(PID) System Policy: deny": the process stands before what was found.
    return grammar == Grammar::kLine || !prefix.platform_policy;
  }
  return ReadNameAlone(left, prefix, grammar, out);
}

// Nobody is named: such a line is believed only where it can hardly be a rule of a profile, or prose.
bool IsPlausibleAlone(const Reading& reading, const Prefix& prefix) {
  if (!reading.target) return false;
  if (reading.errno_number) return true;
  if (prefix.named || reading.action == Action::kAllow || reading.operation.ends_with('*')) return false;
  return !reading.target->starts_with('(') || reading.target->starts_with("(_IO");
}

// Without "Sandbox:" in front: prose must not pass for a name, nor a proxy's line for the kernel's.
bool IsPlausibleBare(const Reading& reading) {
  const std::string_view name = reading.process.value_or("");
  if (name.size() > kMaxName || name.find(": ") != npos) return false;
  const bool network = reading.operation.starts_with("network");
  return !network || !Grammars().host_name.MatchStart(reading.target.value_or(""));
}

// What the grammar alone would let through but the system never writes.
bool IsPlausible(const Reading& reading, const Prefix& prefix, Grammar grammar) {
  if (grammar == Grammar::kRecord) return prefix.named;
  const std::string_view target = reading.target.value_or("");
  if (!reading.process && !IsPlausibleAlone(reading, prefix)) return false;
  if (!reading.known_operation) {
    // A newer system's operation: only where everything else is there, and never a proxy's.
    return prefix.named && reading.pid && LooksLikeOperation(reading.operation) &&
           !Grammars().host_name.MatchStart(target);
  }
  return prefix.named || IsPlausibleBare(reading);
}

struct Choice {
  std::optional<Reading> best;
  int readings = 0;
};

bool IsBetter(const Reading& candidate, const std::optional<Reading>& best) {
  if (candidate.slash_in_name) return false;
  if (!best) return true;
  if (candidate.known_operation != best->known_operation) return candidate.known_operation;
  return candidate.pid.has_value() && !best->pid.has_value();
}

bool MayBeAction(std::string_view rest, std::size_t at) {
  if (at > 0 && !IsBlank(rest[at - 1])) return false;
  return rest.substr(at).starts_with("deny") || rest.substr(at).starts_with("allow");
}

// The reading that cuts `rest` (the message after its prefix) at the action that stands at `at`.
std::optional<Reading> ReadAt(std::string_view rest, std::size_t at, const Prefix& prefix, Grammar grammar,
                              OperationNames& names) {
  std::array<std::string_view, 4> groups;
  if (!Grammars().action.MatchStart(rest.substr(at, kOperation), groups)) return std::nullopt;
  Reading reading;
  reading.action = groups[1] == "deny" ? Action::kDeny : Action::kAllow;
  if (TookPart(groups[2])) reading.errno_number = ToNumber<std::int32_t>(groups[2]);
  const std::string_view after = rest.substr(at + groups[0].size());
  const bool read = ReadOperation(groups[3], after, grammar, names, reading) &&
                    ReadSubject(rest.substr(0, at), prefix, grammar, reading) &&
                    IsPlausible(reading, prefix, grammar);
  return read ? std::optional(reading) : std::nullopt;
}

// Every way to cut `rest` that the grammar allows.
Choice Enumerate(std::string_view rest, const Prefix& prefix, Grammar grammar, OperationNames& names) {
  Choice choice;
  for (std::size_t at = 0; at < std::min(rest.size(), kHead); ++at) {
    if (!MayBeAction(rest, at)) continue;
    const std::optional<Reading> reading = ReadAt(rest, at, prefix, grammar, names);
    if (!reading) continue;
    // No name is that long, but a copy may be wrong where nothing else fits.
    const bool long_name = reading->process && reading->process->size() > kMaxName;
    if (long_name && (grammar == Grammar::kRecord || choice.readings > 0)) continue;
    ++choice.readings;
    if (IsBetter(*reading, choice.best)) choice.best = reading;
  }
  return choice;
}

void Fill(const Reading& reading, const Prefix& prefix, RecordView& out) {
  out.kind = reading.action == Action::kDeny ? RecordKind::kDenial : RecordKind::kAllow;
  if (prefix.duplicate) out.kind = RecordKind::kDuplicate;
  out.action = reading.action;
  out.platform_policy = prefix.platform_policy || reading.platform_policy;
  out.duplicates = prefix.duplicates;
  out.process = reading.process;
  out.pid = reading.pid;
  out.errno_number = reading.errno_number;
  out.operation = reading.operation;
  out.target = reading.target;
}

}  // namespace

bool DenialReader::Read(std::string_view message, Grammar grammar, RecordView& out) {
  return ReadPlainDenial(message, out) || ReadByGrammar(message, grammar, out);
}

bool DenialReader::ReadByGrammar(std::string_view message, Grammar grammar, RecordView& out) {
  const Prefix prefix = ReadPrefix(message, grammar);
  if (!prefix.named && !prefix.duplicate && grammar == Grammar::kQuote) return false;
  Choice choice = Enumerate(message.substr(prefix.length), prefix, grammar, names_);
  if (prefix.old_duplicates) {
    // Or it is no duplicate, and the name of the process begins with "3 duplicate reports for ".
    Prefix plain;
    plain.named = true;
    const std::string_view rest = message.substr(message.find(": ") + 2);
    choice.readings += Enumerate(rest, plain, Grammar::kRecord, names_).readings;
  }
  if (!choice.best) return false;
  Fill(*choice.best, prefix, out);
  out.ambiguous = choice.readings > 1 || (grammar == Grammar::kRecord && message.size() >= kKernelMessage);
  return true;
}

}  // namespace sbtune::ingest
