#include "profiles/tune/generalize/name_pattern.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "profiles/catalog/glob.h"

namespace sbtune::tune {
namespace {

constexpr std::uint32_t kWrittenOut = 8;  // characters of a counted repeat that stand one by one
constexpr std::string_view kHex = "0-9a-f";

bool InAlphabet(std::string_view alphabet, char c) {
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    if (i + 2 < alphabet.size() && alphabet[i + 1] == '-') {
      if (c >= alphabet[i] && c <= alphabet[i + 2]) return true;
      i += 2;
    } else if (alphabet[i] == c) {
      return true;
    }
  }
  return false;
}

std::string Repeat(std::string_view alphabet, std::uint32_t length) {
  std::string regex;
  for (std::uint32_t i = 0; i < std::min(length, kWrittenOut); ++i) regex += fmt::format("[{}]", alphabet);
  if (length > kWrittenOut) regex += fmt::format("[{}]+", alphabet);
  return regex;
}

using Positions = std::vector<bool>;  // [p]: the pieces so far can end before byte p

// One or more characters of the class.
Positions Some(const Positions& from, std::string_view name, std::string_view alphabet) {
  Positions to(name.size() + 1, false);
  for (std::size_t p = 0; p < name.size(); ++p) {
    if ((from[p] || to[p]) && InAlphabet(alphabet, name[p])) to[p + 1] = true;
  }
  return to;
}

Positions Text(const Positions& from, std::string_view name, std::string_view text) {
  Positions to(name.size() + 1, false);
  for (std::size_t p = 0; p + text.size() <= name.size(); ++p) {
    if (from[p] && name.substr(p, text.size()) == text) to[p + text.size()] = true;
  }
  return to;
}

Positions Counted(Positions at, std::string_view name, const NamePiece& piece) {
  for (std::uint32_t i = 0; i < std::min(piece.length, kWrittenOut); ++i) {
    Positions to(name.size() + 1, false);
    for (std::size_t p = 0; p < name.size(); ++p) {
      if (at[p] && InAlphabet(piece.alphabet, name[p])) to[p + 1] = true;
    }
    at = std::move(to);
  }
  return piece.length > kWrittenOut ? Some(at, name, piece.alphabet) : at;
}

// [0-9]+(\.[0-9]+)+
Positions Version(const Positions& from, std::string_view name) {
  Positions at = Some(from, name, "0-9");
  Positions all(name.size() + 1, false);
  for (std::size_t rounds = 0; rounds <= name.size() / 2; ++rounds) {
    at = Some(Text(at, name, "."), name, "0-9");
    if (std::find(at.begin(), at.end(), true) == at.end()) break;
    for (std::size_t p = 0; p < at.size(); ++p) all[p] = all[p] || at[p];
  }
  return all;
}

Positions Uuid(Positions at, std::string_view name) {
  for (int group = 0; group < 5; ++group) {
    if (group > 0) at = Text(at, name, "-");
    at = Some(at, name, "0-9A-Fa-f");
  }
  return at;
}

// For one character and for many: those of the globs that hold the whole alphabet.
std::pair<char, char> WildcardsFor(std::string_view alphabet) {
  if (alphabet == kHex) return {catalog::kOneHex, catalog::kHexes};
  if (alphabet.find('_') == std::string_view::npos) return {catalog::kOneAlnum, catalog::kAlnums};
  return {catalog::kOneWord, catalog::kWords};
}

}  // namespace

std::string QuoteForRegex(std::string_view text) {
  std::string quoted;
  for (const char c : text) {
    if (std::string_view("^.[$()|*+?{\\").find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

NamePattern NamePattern::Plain(std::string_view name) {
  NamePattern plain;
  plain.pieces.push_back({NamePiece::Kind::kText, std::string(name), 0, ""});
  return plain;
}

bool NamePattern::IsPlain() const {
  return endings.empty() && pieces.size() == 1 && pieces[0].kind == NamePiece::Kind::kText;
}

std::string_view NamePattern::PlainText() const { return pieces[0].text; }

bool NamePattern::Matches(std::string_view name) const {
  Positions at(name.size() + 1, false);
  at[0] = true;
  for (const NamePiece& piece : pieces) {
    switch (piece.kind) {
      case NamePiece::Kind::kText:
        at = Text(at, name, piece.text);
        break;
      case NamePiece::Kind::kInteger:
        at = Some(at, name, "0-9");
        break;
      case NamePiece::Kind::kVersion:
        at = Version(at, name);
        break;
      case NamePiece::Kind::kUuid:
        at = Uuid(std::move(at), name);
        break;
      case NamePiece::Kind::kHex:
      case NamePiece::Kind::kRandom:
        at = Counted(std::move(at), name, piece);
        break;
    }
  }
  if (endings.empty()) return at[name.size()];
  return std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) {
    return ending.size() <= name.size() && name.ends_with(ending) && at[name.size() - ending.size()];
  });
}

std::string NamePattern::Regex() const {
  std::string regex;
  for (const NamePiece& piece : pieces) {
    switch (piece.kind) {
      case NamePiece::Kind::kText:
        regex += QuoteForRegex(piece.text);
        break;
      case NamePiece::Kind::kInteger:
        regex += "[0-9]+";
        break;
      case NamePiece::Kind::kVersion:
        regex += "[0-9]+(\\.[0-9]+)+";
        break;
      case NamePiece::Kind::kUuid:
        regex += "[0-9A-Fa-f]+-[0-9A-Fa-f]+-[0-9A-Fa-f]+-[0-9A-Fa-f]+-[0-9A-Fa-f]+";
        break;
      case NamePiece::Kind::kHex:
      case NamePiece::Kind::kRandom:
        regex += Repeat(piece.alphabet, piece.length);
        break;
    }
  }
  if (endings.empty()) return regex;
  if (endings.size() == 1) return regex + QuoteForRegex(endings[0]);
  const bool may_end = endings[0].empty();
  std::string choice;
  for (const std::string& ending : endings) {
    if (ending.empty()) continue;
    if (!choice.empty()) choice += '|';
    choice += QuoteForRegex(ending);
  }
  return regex + "(" + choice + (may_end ? ")?" : ")");
}

std::string NamePattern::Glob() const {
  std::string glob;
  for (const NamePiece& piece : pieces) {
    switch (piece.kind) {
      case NamePiece::Kind::kText: glob += piece.text; break;
      case NamePiece::Kind::kInteger: glob += catalog::kDigits; break;
      case NamePiece::Kind::kVersion: glob += catalog::kNumbers; break;
      case NamePiece::Kind::kUuid:
        for (int group = 0; group < 5; ++group) {
          if (group > 0) glob += '-';
          glob += catalog::kHexes;
        }
        break;
      case NamePiece::Kind::kHex:
      case NamePiece::Kind::kRandom: {
        const auto [one, many] = WildcardsFor(piece.alphabet);
        glob.append(std::min(piece.length, kWrittenOut), one);
        if (piece.length > kWrittenOut) glob += many;
        break;
      }
    }
  }
  if (endings.size() == 1) return glob + endings[0];
  if (endings.size() > 1 && !glob.ends_with('*')) glob += '*';
  return glob;
}

std::vector<std::string> NamePattern::Globs() const {
  if (endings.size() < 2) return {Glob()};
  std::vector<std::string> globs;
  NamePattern one = *this;
  for (const std::string& ending : endings) {
    one.endings = {ending};
    globs.push_back(one.Glob());
  }
  return globs;
}

std::string NamePattern::Describe() const {
  std::string words;
  for (const NamePiece& piece : pieces) {
    switch (piece.kind) {
      case NamePiece::Kind::kText:
        words += piece.text;
        break;
      case NamePiece::Kind::kInteger:
        words += "<integer>";
        break;
      case NamePiece::Kind::kVersion:
        words += "<version>";
        break;
      case NamePiece::Kind::kUuid:
        words += "<uuid>";
        break;
      case NamePiece::Kind::kHex:
        words += fmt::format("<hex {}>", piece.length);
        break;
      case NamePiece::Kind::kRandom:
        words += fmt::format("<random {}>", piece.length);
        break;
    }
  }
  if (endings.size() == 1) return words + endings[0];
  if (endings.empty()) return words;
  return words + fmt::format("({})", fmt::join(endings, "|"));
}

}  // namespace sbtune::tune
