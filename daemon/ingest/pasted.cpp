#include "daemon/ingest/pasted.h"

#include <algorithm>
#include <array>

#include "daemon/ingest/lines.h"
#include "daemon/ingest/pattern.h"

namespace sbtune::ingest {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view kColour = "\x1b[";
constexpr std::string_view kWideBlank = "\xC2\xA0";  // U+00A0
constexpr std::size_t kLongestTag = 64;              // bytes, "<span class=…>"

struct Pair {
  std::string_view opening, closing;
};

// The longer ones first.
constexpr std::array kPairs = {
    Pair{"\\\"", "\\\""},
    Pair{"\"", "\""},
    Pair{"'", "'"},
    Pair{"\xE2\x80\x9C", "\xE2\x80\x9D"},
    Pair{"\xE2\x80\x98", "\xE2\x80\x99"},
    Pair{"***", "***"},
    Pair{"**", "**"},
    Pair{"/* ", " */"},
    Pair{"<!-- ", " -->"},
    Pair{"| ", " |"},
};

const Pattern& Subject() {
  static const Pattern pattern(
      "(?:[Ss]andbox|SandboxViolation|Protobox|System "
      "Policy):\\s[^/()<>]{1,64}\\(-?[0-9][0-9,]{0,14}\\)\\s*$");
  return pattern;
}

// "<code>"
bool EndsInTag(std::string_view text) {
  if (!text.ends_with('>')) return false;
  const std::size_t reach = text.size() - std::min(text.size(), kLongestTag);
  const std::size_t open = text.substr(reach).rfind('<');
  return open != npos && reach + open + 1 < text.size() && text[reach + open + 1] >= 'a' &&
         text[reach + open + 1] <= 'z';
}

// Behind "ESC [ … letter"; `at` where there is none.
std::size_t BehindColour(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with(kColour)) return at;
  const std::size_t end = text.find_first_not_of("0123456789;", at + kColour.size());
  return end != npos && (text[end] == 'm' || text[end] == 'K') ? end + 1 : at;
}

// Where the last of the colours that end the text begins.
std::size_t BeginOfLastColours(std::string_view text) {
  for (std::size_t end = text.size();;) {
    const std::size_t colour = text.substr(0, end).rfind(kColour);
    if (colour == npos || BehindColour(text, colour) != end) return end;
    end = colour;
  }
}

}  // namespace

std::string_view Quotation::ClosingMark(std::size_t at) const {
  if (open_) return "`";
  const std::string_view before = whole_.substr(0, at);
  if (before.empty()) return start_ == Start::kCell ? " |" : "";
  for (const Pair& pair : kPairs) {
    if (before.ends_with(pair.opening)) return pair.closing;
  }
  return EndsInTag(before) ? "</" : "";
}

std::string_view Quotation::From(std::size_t at) {
  for (; counted_to_ < at; ++counted_to_) open_ = open_ != (whole_[counted_to_] == '`');
  const std::string_view mark = ClosingMark(at);
  if (mark.empty()) return whole_.substr(at);
  if (mark != mark_ || close_ < at) {
    mark_ = mark;
    close_ = whole_.find(mark, at);
  }
  return whole_.substr(at, close_ == npos ? close_ : close_ - at);
}

std::string_view LeadingMarks(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t>#;|*/"), line.size()));
}

std::string_view WithoutColours(std::string_view line, std::string& scratch) {
  const std::size_t first = line.find(kColour);
  if (first == npos) return line;
  std::size_t message = std::min(line.find("andbox: "), line.find("System Policy: "));
  if (message == npos) message = first;
  if (first > message) return line;
  const std::size_t last = BeginOfLastColours(line);
  scratch.clear();
  for (std::size_t at = 0; at < last;) {
    const std::size_t behind = at <= message ? BehindColour(line, at) : at;
    if (behind == at) scratch += line[at++];
    at = std::max(at, behind);
  }
  return scratch;
}

bool HasWideBlank(std::string_view text) { return text.find(kWideBlank) != npos; }

std::string WithPlainBlanks(std::string_view text) {
  std::string out;
  for (std::size_t wide = text.find(kWideBlank); wide != npos; wide = text.find(kWideBlank)) {
    out += text.substr(0, wide);
    out += ' ';
    text.remove_prefix(wide + kWideBlank.size());
  }
  return out += text;
}

bool EndsInPrefix(std::string_view line) {
  line = TrimRight(line);
  return line.ends_with("Sandbox:") || line.ends_with("System Policy:");
}

bool EndsInSubject(std::string_view line) {
  line = TrimRight(line);
  return line.ends_with(')') &&
         Subject().Search(line.substr(line.size() - std::min<std::size_t>(line.size(), 160)), 0);
}

bool EndsInAction(std::string_view line) {
  line = TrimRight(line);
  return BeginsWithAction(line.substr(line.find_last_of(" \t") + 1));
}

bool BeginsWithAction(std::string_view line) {
  line = TrimLeft(line);
  for (const std::string_view action : {"deny", "allow"}) {
    if (!line.starts_with(action)) continue;
    line.remove_prefix(action.size());
    return line.empty() || line[0] == '(' || IsBlank(line[0]);
  }
  return false;
}

}  // namespace sbtune::ingest
