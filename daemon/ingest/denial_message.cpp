#include "daemon/ingest/denial_message.h"

#include <charconv>
#include <cstring>
#include <string>

#include <re2/re2.h>

#include "daemon/ingest/lines.h"

namespace sbtune::ingest {
namespace {

using access::Action;
using access::RecordKind;
using access::RecordView;
using re2::StringPiece;

constexpr std::size_t kHead = 160;       // where an action may stand, counted from the prefix

re2::RE2::Options Bytes() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  return options;
}

struct Patterns {
  // "3 duplicate reports for ", "Sandbox: ", and the older "Sandbox: 3 duplicate reports for ".
  re2::RE2 prefix{
      "(?:([0-9]{1,9}) duplicate reports? for )?"
      "(?:([Ss]andbox|SandboxViolation|Protobox|System Policy):\\s+)?"
      "(?:([0-9]{1,9}) duplicate reports? for )?",
      Bytes()};
  // "deny(1) file-read-data"
  re2::RE2 action{
      "(deny|allow)(?:\\(([0-9]{1,5})\\))?\\s+"
      "([a-z][a-z0-9]*(?:-[a-z0-9]+)*\\*?(?:<[a-z][a-z0-9*-]*>)?)",
      Bytes()};
  // What stands between prefix and action.
  re2::RE2 process_and_pid{"(.{1,64}?)\\((-?[0-9][0-9,]{0,14})\\)\\s+(?:(System Policy):\\s+)?", Bytes()};
  re2::RE2 process_only{"([^()/<>]{1,64}?)\\s+(?:(System Policy):\\s+)?", Bytes()};
  re2::RE2 any_process_only{"([^/<>]{1,64}?)\\s+(?:(System Policy):\\s+)?", Bytes()};
  re2::RE2 nothing{"(?:(System Policy):\\s+)?", Bytes()};
  // "Sandbox  pid:5678 process:(curl) deny(1) …": no system writes it, test suites do.
  re2::RE2 labelled{"Sandbox\\s+pid:([0-9]{1,10}) process:\\(([^()]{1,64})\\)\\s+", Bytes()};
  // The kernel knows addresses, not names of hosts; proxies know names.
  re2::RE2 host_name{"(?:https?://|[A-Za-z][A-Za-z0-9-]*(?:\\.[A-Za-z0-9-]+)+:[0-9])", Bytes()};
  re2::RE2 placeholder{"\\((?:pid|PID|N+|\\.+|\\[.*\\])\\)$", Bytes()};
};

const Patterns& Grammars() {
  static const Patterns patterns;
  return patterns;
}

std::string_view View(const StringPiece& piece) { return {piece.data(), piece.size()}; }
bool Has(const StringPiece& piece) { return piece.data() != nullptr; }

bool MatchAtStart(const re2::RE2& pattern, std::string_view text, StringPiece* groups, int count) {
  return pattern.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_START, groups, count);
}

bool MatchWhole(const re2::RE2& pattern, std::string_view text, StringPiece* groups, int count) {
  return pattern.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, groups, count);
}

template <typename Number>
std::optional<Number> ToNumber(std::string_view digits) {
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// "15726", "-1", "55,805": a comma only before three digits.
std::optional<std::int64_t> ToPid(std::string_view digits) {
  if (digits.find(',') == std::string_view::npos) return ToNumber<std::int64_t>(digits);
  std::string plain;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != ',') {
      plain += digits[i];
      continue;
    }
    const std::size_t next = digits.find(',', i + 1);
    const std::size_t group = (next == std::string_view::npos ? digits.size() : next) - i - 1;
    if (group != 3) return std::nullopt;
  }
  return ToNumber<std::int64_t>(plain);
}

struct Prefix {
  bool duplicate = false;
  std::uint64_t duplicates = 0;
  bool named = false;           // "Sandbox:" or a kin of it
  bool platform_policy = false;
  bool old_duplicates = false;  // the older order, which has no pid
  std::size_t length = 0;
};

Prefix ReadPrefix(std::string_view message) {
  StringPiece groups[4];
  Prefix prefix;
  if (!MatchAtStart(Grammars().prefix, message.substr(0, 96), groups, 4)) return prefix;
  prefix.length = groups[0].size();
  prefix.named = Has(groups[2]);
  // Protobox is a platform profile as well; that no edit of a profile changes it was never checked on a Mac.
  prefix.platform_policy = View(groups[2]) == "System Policy" || View(groups[2]) == "Protobox";
  prefix.old_duplicates = Has(groups[3]) && !Has(groups[1]);
  for (const int group : {1, 3}) {
    if (!Has(groups[group])) continue;
    prefix.duplicate = true;
    prefix.duplicates = ToNumber<std::uint64_t>(View(groups[group])).value_or(0);
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
  // "file-write-create...", "file-read-data.`", "file-write-create,Error …": a copy that ends here.
  return by_hand && out.known_operation && std::string_view(".,;`\"'").find(rest[0]) != std::string_view::npos;
}

bool ReadSubject(std::string_view left, const Prefix& prefix, Grammar grammar, Reading& out) {
  StringPiece groups[4];
  const Patterns& patterns = Grammars();
  if (MatchWhole(patterns.process_and_pid, left, groups, 4)) {
    out.process = View(groups[1]);
    out.pid = ToPid(View(groups[2]));
    out.platform_policy = Has(groups[3]);
    out.slash_in_name = out.process->find('/') != std::string_view::npos;
    return out.pid.has_value() && !Trim(*out.process).empty();
  }
  if (grammar == Grammar::kLine && MatchWhole(patterns.labelled, left, groups, 3)) {
    out.process = View(groups[2]);
    out.pid = ToPid(View(groups[1]));
    return out.pid.has_value();
  }
  const bool by_hand = grammar != Grammar::kRecord;
  if (by_hand && MatchWhole(patterns.nothing, left, groups, 2)) {
    out.platform_policy = Has(groups[1]);
    // "… NAME(PID) System Policy: deny": the process stands before what was found.
    return grammar == Grammar::kLine || (grammar == Grammar::kQuote && !prefix.platform_policy);
  }
  const bool pid_may_miss = prefix.old_duplicates || (by_hand && prefix.named) || grammar == Grammar::kCell;
  const re2::RE2& name = prefix.old_duplicates ? patterns.any_process_only : patterns.process_only;
  if (!pid_may_miss || !MatchWhole(name, left, groups, 3)) return false;
  out.process = View(groups[1]);
  out.platform_policy = Has(groups[2]);
  const bool elided = out.process->find("...") != std::string_view::npos ||
                      out.process->find("\xE2\x80\xA6") != std::string_view::npos ||
                      MatchAtStart(patterns.placeholder, out.process->substr(std::min(out.process->find('('), out.process->size())), nullptr, 0);
  const bool one_word = out.process->find_first_of(" :,;") == std::string_view::npos;
  return !elided && !Trim(*out.process).empty() && (grammar != Grammar::kCell || one_word);
}

bool IsHostName(std::string_view target) { return MatchAtStart(Grammars().host_name, target, nullptr, 0); }

// What the grammar alone would let through but the system never writes.
bool IsPlausible(const Reading& reading, const Prefix& prefix, Grammar grammar) {
  if (grammar == Grammar::kRecord) return true;
  const std::string_view target = reading.target.value_or("");
  if (!reading.process && target.empty()) return false;  // names neither who nor what
  if (!reading.known_operation) {
    // A newer system's operation: only where everything else is there, and never a proxy's.
    return prefix.named && reading.pid && LooksLikeOperation(reading.operation) && !IsHostName(target);
  }
  if (prefix.named) return true;
  if (reading.operation.starts_with("network") && IsHostName(target)) return false;
  const bool profile_text = !reading.process && target.starts_with('(') && !target.starts_with("(_IO");
  return !profile_text;
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

// Every way to cut `rest` (the message after its prefix) that the grammar allows.
Choice Enumerate(std::string_view rest, const Prefix& prefix, Grammar grammar, OperationNames& names) {
  Choice choice;
  StringPiece groups[4];
  for (std::size_t at = 0; at < std::min(rest.size(), kHead); ++at) {
    if (rest[at] != 'd' && rest[at] != 'a') continue;
    if (at > 0 && !IsBlank(rest[at - 1])) continue;
    if (!MatchAtStart(Grammars().action, rest.substr(at, 128), groups, 4)) continue;
    Reading reading;
    reading.action = View(groups[1]) == "deny" ? Action::kDeny : Action::kAllow;
    if (Has(groups[2])) reading.errno_number = ToNumber<std::int32_t>(View(groups[2]));
    const std::string_view after = rest.substr(at + groups[0].size());
    if (!ReadOperation(View(groups[3]), after, grammar, names, reading)) continue;
    if (!ReadSubject(rest.substr(0, at), prefix, grammar, reading)) continue;
    const bool long_name = reading.process && reading.process->size() > kMaxName;
    if (long_name && (grammar == Grammar::kRecord || choice.readings > 0)) continue;
    if (!IsPlausible(reading, prefix, grammar)) continue;
    ++choice.readings;
    if (IsBetter(reading, choice.best)) choice.best = reading;
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
  const Prefix prefix = ReadPrefix(message);
  if (!prefix.named && !prefix.duplicate && grammar == Grammar::kQuote) return false;
  Choice choice = Enumerate(message.substr(prefix.length), prefix, grammar, names_);
  if (prefix.old_duplicates) {
    // Or a process whose name begins with "3 duplicate reports for ".
    Prefix plain = prefix;
    plain.old_duplicates = false;
    plain.length = message.find(": ") + 2;
    const Choice other = Enumerate(message.substr(plain.length), plain, Grammar::kRecord, names_);
    choice.readings += other.readings;
  }
  if (!choice.best) return false;
  Fill(*choice.best, prefix, out);
  out.ambiguous = choice.readings > 1 || (grammar == Grammar::kRecord && message.size() >= kKernelMessage);
  return true;
}

}  // namespace sbtune::ingest
