// The commonest spelling by hand: "[N duplicate reports for ](Sandbox|System Policy): NAME(PID) deny(N)
// OPERATION [TARGET]". Whatever has a second reading, or anything unusual, is left to the grammar in
// denial_message.cpp; denial_message_test.cpp holds the two against each other.
#include <cstring>

#include "daemon/ingest/denial_message.h"
#include "daemon/ingest/lines.h"

namespace sbtune::ingest {
namespace {

using access::Action;
using access::RecordKind;
using access::RecordView;

constexpr std::size_t npos = std::string_view::npos;

// Eats a text from the front; every step says whether it found what it wanted.
class Eater {
 public:
  explicit Eater(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  template <std::size_t N>
  bool Take(const char (&word)[N]) {
    constexpr std::size_t size = N - 1;
    if (left() < size || std::memcmp(at_, word, size) != 0) return false;
    at_ += size;
    return true;
  }
  // One to `max_digits` digits.
  bool TakeNumber(std::size_t max_digits, std::uint64_t& number) {
    const char* const begin = at_;
    number = 0;
    while (at_ < end_ && IsDigit(*at_)) number = number * 10 + static_cast<std::uint64_t>(*at_++ - '0');
    const auto digits = static_cast<std::size_t>(at_ - begin);
    return digits > 0 && digits <= max_digits;
  }
  [[nodiscard]] char peek() const { return at_ < end_ ? *at_ : '\0'; }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] const char* at() const { return at_; }
  void Skip(std::size_t count) { at_ += count; }
  [[nodiscard]] std::string_view rest() const { return {at_, left()}; }

 private:
  const char* at_;
  const char* end_;
};

bool TakePrefix(Eater& eater, RecordView& out) {
  if (IsDigit(eater.peek())) {
    if (!eater.TakeNumber(9, out.duplicates) || !eater.Take(" duplicate report")) return false;
    eater.Take("s");
    if (!eater.Take(" for ")) return false;
    out.kind = RecordKind::kDuplicate;
  }
  if (eater.Take("Sandbox: ")) return true;
  out.platform_policy = true;
  return eater.Take("System Policy: ");
}

// Where the pid's parenthesis opens, if exactly one place within the reach of a name can be it.
std::size_t FindPid(std::string_view rest) {
  std::size_t found = 0;
  const std::string_view reach = rest.substr(0, kMaxName + 1);
  for (std::size_t open = reach.find('(', 1); open != npos; open = reach.find('(', open + 1)) {
    std::size_t at = open + 1;
    if (at < rest.size() && rest[at] == '-') return 0;
    while (at < rest.size() && IsDigit(rest[at])) ++at;
    if (at < rest.size() && rest[at] == ',') return 0;  // "(55,805)"
    if (at == open + 1 || at + 2 >= rest.size() || rest[at] != ')' || !IsBlank(rest[at + 1])) continue;
    const char next = rest[at + 2];
    if (next != 'd' && next != 'a') {
      if (IsBlank(next) || next == 'S') return 0;  // blanks in a row, or "System Policy:"
      continue;
    }
    if (found != 0) return 0;
    found = open;
  }
  return found;
}

// A name in which nothing can be read as more than a name.
bool TakeName(Eater& eater, RecordView& out) {
  const std::size_t size = FindPid(eater.rest());
  if (size == 0) return false;
  const std::string_view name = eater.rest().substr(0, size);
  if (IsDigit(name[0]) || IsBlank(name[0])) return false;
  bool unusual = false;
  bool blank = false;
  for (const char c : name) {
    unusual = unusual || c == '/' || c == ':' || c == '\t' || c == '\r';
    blank = blank || c == ' ';
  }
  if (unusual) return false;
  if (blank && (name.find("deny") != npos || name.find("allow") != npos)) return false;
  out.process = name;
  eater.Skip(size);
  return true;
}

bool TakePid(Eater& eater, RecordView& out) {
  std::uint64_t pid = 0;
  if (!eater.Take("(") || !eater.TakeNumber(10, pid) || !eater.Take(") ")) return false;
  out.pid = static_cast<std::int64_t>(pid);
  return true;
}

bool TakeAction(Eater& eater, RecordView& out) {
  if (eater.Take("deny"))
    out.action = Action::kDeny;
  else if (eater.Take("allow"))
    out.action = Action::kAllow;
  else
    return false;
  if (out.kind != RecordKind::kDuplicate) {
    out.kind = out.action == Action::kDeny ? RecordKind::kDenial : RecordKind::kAllow;
  }
  if (eater.peek() == '(') {
    std::uint64_t number = 0;
    eater.Skip(1);
    if (!eater.TakeNumber(5, number) || !eater.Take(")")) return false;
    out.errno_number = static_cast<std::int32_t>(number);
  }
  return eater.Take(" ");
}

bool IsWordByte(char c) { return (c >= 'a' && c <= 'z') || c == '-' || IsDigit(c); }

bool TakeOperation(Eater& eater, OperationNames& names, RecordView& out) {
  const std::string_view rest = eater.rest();
  std::size_t size = 0;
  while (size < rest.size() && IsWordByte(rest[size])) ++size;
  if (size < rest.size() && rest[size] == '*') ++size;
  const std::string_view word = rest.substr(0, size);
  // Names that the catalog knows by their look only are the grammar's business.
  if (word.starts_with("forbidden-") || !names.Knows(word)) return false;
  out.operation = word;
  eater.Skip(size);
  return true;
}

bool TakeTarget(Eater& eater, RecordView& out) {
  if (eater.left() == 0) return true;
  if (!eater.Take(" ") || IsBlank(eater.peek())) return false;
  if (eater.left() > 0) out.target = eater.rest();
  return true;
}

}  // namespace

bool DenialReader::ReadPlainDenial(std::string_view message, RecordView& out) {
  Eater eater(message);
  const bool read = message.size() < kKernelMessage && TakePrefix(eater, out) && TakeName(eater, out) &&
                    TakePid(eater, out) && TakeAction(eater, out) && TakeOperation(eater, names_, out) &&
                    TakeTarget(eater, out);
  if (!read) out = RecordView{};
  return read;
}

}  // namespace sbtune::ingest
