// Finds which names share a shape. Every name proposes a few readings of itself; a reading that at least
// three names of at least two runs share, and that most runs see with other names, becomes a pattern. Of temporary names
// many programs make one a run: two of them do, where each for itself looks made by chance.
#include <algorithm>
#include <map>
#include <set>

#include "profiles/tune/generalize/name_chance.h"
#include "profiles/tune/generalize/name_pattern.h"

namespace sbtune::tune {
namespace {

constexpr std::size_t kNamesNeeded = 3;
constexpr std::size_t kMadeNeeded = 2;  // of those that the program made up
constexpr std::size_t kRunsNeeded = 2;
constexpr std::size_t kMostEndings = 8;
constexpr std::size_t kMostGroups =
    256;  // of one folder; hostile names could make as many as there are names
// A name of the group occurs in at most this share of the runs, on average: three in four.
constexpr std::size_t kShareTop = 3;
constexpr std::size_t kShareBottom = 4;
constexpr std::size_t kShortestRandom = 6;
constexpr std::size_t kShortestBareMade = 8;    // of two names without fixed text
constexpr std::size_t kShortestBareNumber = 3;  // a process's, with its ending
constexpr std::size_t kLongestName = 255;
constexpr double kWordBits = -2;      // below, a name is no witness for chance; see name_chance.h
constexpr double kSureBits = 8;       // that all names of a random shape must bring together
constexpr double kSureBareBits = 12;  // … without fixed text
constexpr double kSureBitsEach = 2;   // … on average
constexpr std::size_t kWordsAmong = 2;  // times as many names as witnesses may match: else it is a list of words
constexpr std::size_t kTails[] = {6, 8, 10, 12};  // of mkstemp, Python's tempfile and their like

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsWord(char c) { return IsDigit(c) || IsLower(c) || IsUpper(c); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
bool IsAnyHex(char c) { return IsHex(c) || (c >= 'A' && c <= 'F'); }

template <typename Predicate>
bool All(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}
template <typename Predicate>
bool Any(std::string_view text, Predicate predicate) {
  return std::any_of(text.begin(), text.end(), predicate);
}

// How often the kind of character changes: in words seldom, in random names often. A capital that begins a
// word (HttpGet) counts once.
std::size_t Changes(std::string_view text) {
  const auto kind = [](char c) { return IsDigit(c) ? 0 : IsLower(c) ? 1 : IsUpper(c) ? 2 : 3; };
  std::size_t changes = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool word_begins =
        kind(text[i - 1]) == 2 && kind(text[i]) == 1 && (i < 2 || kind(text[i - 2]) != 2);
    changes += kind(text[i]) != kind(text[i - 1]) && !word_begins ? 1 : 0;
  }
  return changes;
}

// Letters, then only digits: "e2026" of "rake2026".
bool IsNumbered(std::string_view text) {
  const auto digits = std::find_if(text.begin(), text.end(), IsDigit);
  return digits != text.begin() && std::all_of(digits, text.end(), IsDigit);
}

// Names whose variable part is this sure sign of chance need no fixed text around it.
enum class Rank : std::uint8_t { kUuid, kLongHex, kVersion, kHex, kInteger, kRandom, kBareRandom };

struct Reading {
  std::vector<NamePiece> pieces;
  std::string_view ending;    // what follows the last variable piece
  std::string_view variable;  // of random: the characters
  Rank rank = Rank::kInteger;
  bool letters = false;       // some hexadecimal piece of it has one
};

NamePiece TextPiece(std::string_view text) { return {NamePiece::Kind::kText, std::string(text), 0, ""}; }

class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  std::vector<Reading> Read() {
    if (name_.size() > kLongestName || !All(name_, [](char c) { return c > ' ' && c < 0x7f; })) return {};
    Uuids();
    Tokens(Numbers::kIntegers);
    Tokens(Numbers::kVersions);
    Tokens(Numbers::kHexadecimals);
    Tails([](char c) { return IsWord(c); });
    if (name_.find('_') != std::string_view::npos) Tails([](char c) { return IsWord(c) || c == '_'; });
    return std::move(readings_);
  }

 private:
  enum class Numbers { kIntegers, kVersions, kHexadecimals };

  static bool IsUuidAt(std::string_view text) {
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() < kForm.size()) return false;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
      if (kForm[i] == '-' ? text[i] != '-' : !IsAnyHex(text[i])) return false;
    }
    return true;
  }

  void Uuids() {
    std::vector<NamePiece> pieces;
    std::size_t done = 0;
    for (std::size_t i = 0; i < name_.size();) {
      if (!IsUuidAt(name_.substr(i))) {
        ++i;
        continue;
      }
      if (i > done) pieces.push_back(TextPiece(name_.substr(done, i - done)));
      pieces.push_back({NamePiece::Kind::kUuid, "", 0, ""});
      i += 36;
      done = i;
    }
    if (!pieces.empty()) readings_.push_back({std::move(pieces), name_.substr(done), "", Rank::kUuid, false});
  }

  // Where a number in the given sense begins at `at`, its end; else `at`.
  std::size_t NumberEnd(std::size_t at, Numbers numbers, NamePiece& piece, Rank& rank, bool& letters) const {
    std::size_t end = at;
    if (numbers == Numbers::kHexadecimals && (at == 0 || !IsWord(name_[at - 1]))) {
      while (end < name_.size() && IsWord(name_[end])) ++end;
      const std::string_view word = name_.substr(at, end - at);
      const bool whole = word.size() == name_.size() && word.size() == 2;
      if (All(word, IsHex) && (whole || (word.size() >= 4 && Any(word, IsDigit)))) {
        piece = {NamePiece::Kind::kHex, "", static_cast<std::uint32_t>(word.size()), std::string("0-9a-f")};
        rank = std::min(rank, word.size() >= 16 ? Rank::kLongHex : Rank::kHex);
        letters = letters || !All(word, IsDigit);
        return end;
      }
      end = at;
    }
    while (end < name_.size() && IsDigit(name_[end])) ++end;
    if (end == at) return at;
    piece = {NamePiece::Kind::kInteger, "", 0, ""};
    if (numbers != Numbers::kVersions) return end;
    std::size_t last = end;
    while (last + 1 < name_.size() && name_[last] == '.' && IsDigit(name_[last + 1])) {
      ++last;
      while (last < name_.size() && IsDigit(name_[last])) ++last;
    }
    if (last > end) {
      piece = {NamePiece::Kind::kVersion, "", 0, ""};
      rank = std::min(rank, Rank::kVersion);
    }
    return last;
  }

  void Tokens(Numbers numbers) {
    std::vector<NamePiece> pieces;
    std::size_t done = 0;
    Rank rank = Rank::kInteger;
    bool letters = false;
    for (std::size_t i = 0; i < name_.size();) {
      NamePiece piece;
      const std::size_t end = NumberEnd(i, numbers, piece, rank, letters);
      if (end == i) {
        ++i;
        continue;
      }
      if (i > done) pieces.push_back(TextPiece(name_.substr(done, i - done)));
      pieces.push_back(std::move(piece));
      i = end;
      done = end;
    }
    const bool plain_integers = numbers != Numbers::kIntegers && rank == Rank::kInteger;  // proposed already
    if (!pieces.empty() && !plain_integers)
      readings_.push_back({std::move(pieces), name_.substr(done), "", rank, letters});
  }

  void Tail(std::size_t begin, std::size_t end, std::size_t length) {
    const std::string_view variable = name_.substr(end - length, length);
    const std::string_view before = name_.substr(0, end - length);
    const bool bare = before.empty();
    Reading reading{{}, name_.substr(end), variable, bare ? Rank::kBareRandom : Rank::kRandom, false};
    if (!before.empty()) reading.pieces.push_back(TextPiece(before));
    const auto size = static_cast<std::uint32_t>(length);
    const bool inside_word = end - length > begin;
    if (inside_word && All(variable, IsHex) && Any(variable, IsDigit) && !IsNumbered(variable)) {
      Reading hex = reading;
      hex.pieces.push_back({NamePiece::Kind::kHex, "", size, "0-9a-f"});
      hex.rank = Rank::kHex;
      hex.letters = !All(variable, IsDigit);
      hex.variable = {};
      readings_.push_back(std::move(hex));
    }
    if (length < kShortestRandom || ChanceBits(variable) < kWordBits) return;
    const NamePiece random{NamePiece::Kind::kRandom, "", size, ""};
    if (Any(before, IsDigit) && !IsDigit(before.back())) {
      Reading numbered = reading;  // "rake20261101-4711-x7k2p9"
      numbered.pieces = IntegersIn(before);
      numbered.pieces.push_back(random);
      readings_.push_back(std::move(numbered));
    }
    reading.pieces.push_back(random);
    readings_.push_back(std::move(reading));
  }

  static std::vector<NamePiece> IntegersIn(std::string_view text) {
    std::vector<NamePiece> pieces;
    while (!text.empty()) {
      const bool digits = IsDigit(text.front());
      const auto end = std::find_if(text.begin(), text.end(), [&](char c) { return IsDigit(c) != digits; });
      const auto size = static_cast<std::size_t>(end - text.begin());
      pieces.push_back(digits ? NamePiece{NamePiece::Kind::kInteger, "", 0, ""} : TextPiece(text.substr(0, size)));
      text.remove_prefix(size);
    }
    return pieces;
  }

  template <typename Predicate>
  void Tails(Predicate in_word) {
    for (std::size_t begin = 0; begin < name_.size();) {
      if (!in_word(name_[begin])) {
        ++begin;
        continue;
      }
      std::size_t end = begin;
      while (end < name_.size() && in_word(name_[end])) ++end;
      const std::size_t length = end - begin;
      if (Changes(name_.substr(begin, length)) > 0 || length >= kShortestRandom) {
        for (std::size_t tail = 4; tail < std::min<std::size_t>(length, 13); ++tail) {
          const bool usual = std::find(std::begin(kTails), std::end(kTails), tail) != std::end(kTails);
          if (usual || All(name_.substr(end - tail, tail), IsHex)) Tail(begin, end, tail);
        }
        if (length >= kShortestRandom && length <= 64) Tail(begin, end, length);
      }
      begin = end;
    }
  }

  std::string_view name_;
  std::vector<Reading> readings_;
};

std::string Key(const Reading& reading) {
  std::string key;
  for (const NamePiece& piece : reading.pieces) {
    key += static_cast<char>('a' + static_cast<int>(piece.kind));
    key += piece.kind == NamePiece::Kind::kText ? piece.text : std::to_string(piece.length);
    key += '\0';
  }
  return key;
}

struct Candidate {
  std::vector<NamePiece> pieces;
  Rank rank = Rank::kInteger;
  bool letters = false;
  std::vector<std::size_t> members;  // with `endings` and `variables` in step
  std::vector<std::string_view> endings;
  std::vector<std::string_view> variables;
};

std::size_t FixedText(const Candidate& candidate) {
  std::size_t size = 0;
  for (const NamePiece& piece : candidate.pieces) size += piece.text.size();
  return size;
}

class Finder {
 public:
  Finder(std::span<const NameSeen> names, std::size_t runs_here) : names_(names), runs_here_(runs_here) {}

  std::vector<NameGroup> Find() {
    if (names_.size() < kMadeNeeded || runs_here_ < kRunsNeeded) return {};
    Collect();
    std::vector<NameGroup> groups;
    taken_.assign(names_.size(), false);
    for (Candidate* candidate : Ordered()) {
      if (groups.size() < kMostGroups) Take(*candidate, groups);
    }
    return groups;
  }

 private:
  void Collect() {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      std::set<std::string> proposed;  // one reading may come by two ways
      for (Reading& reading : Reader(names_[i].name).Read()) {
        if (IsRandom(reading.rank) && !ComesAndGoes(names_[i])) continue;
        std::string key = Key(reading);
        if (!proposed.insert(key).second) continue;
        Candidate& candidate = candidates_[std::move(key)];
        if (candidate.members.empty()) {
          candidate.pieces = std::move(reading.pieces);
          candidate.rank = reading.rank;
        }
        candidate.letters = candidate.letters || reading.letters;
        candidate.members.push_back(i);
        candidate.endings.push_back(reading.ending);
        candidate.variables.push_back(reading.variable);
      }
    }
  }

  // Surest shape first; of equals the one that more names share, then the one with more fixed text. Pairs come last.
  std::vector<Candidate*> Ordered() {
    std::vector<std::pair<const std::string*, Candidate*>> order;
    for (auto& [key, candidate] : candidates_) {
      if (AreEnough(candidate)) order.emplace_back(&key, &candidate);
    }
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      const Candidate& x = *a.second;
      const Candidate& y = *b.second;
      const bool x_pair = x.members.size() < kNamesNeeded;
      const bool y_pair = y.members.size() < kNamesNeeded;
      if (x_pair != y_pair) return y_pair;
      if (x.rank != y.rank) return x.rank < y.rank;
      if (x.members.size() != y.members.size()) return x.members.size() > y.members.size();
      if (FixedText(x) != FixedText(y)) return FixedText(x) > FixedText(y);
      return *a.first < *b.first;
    });
    std::vector<Candidate*> candidates;
    for (const auto& [key, candidate] : order) candidates.push_back(candidate);
    return candidates;
  }

  static bool IsRandom(Rank rank) { return rank == Rank::kRandom || rank == Rank::kBareRandom; }

  // What chance made once it hardly makes again.
  bool ComesAndGoes(const NameSeen& name) const { return name.runs.size() * 2 <= runs_here_; }

  bool Varies(std::span<const std::size_t> members) const {
    std::size_t sightings = 0;
    std::set<std::uint32_t> runs;
    for (const std::size_t member : members) {
      sightings += names_[member].runs.size();
      if (runs.size() < kRunsNeeded) runs.insert(names_[member].runs.begin(), names_[member].runs.end());
    }
    return runs.size() >= kRunsNeeded && sightings * kShareBottom <= members.size() * runs_here_ * kShareTop;
  }

  // The names together have to speak for chance, and more so the more there are: of many words a few look odd.
  static bool LooksRandom(Rank rank, std::span<const std::string_view> variables) {
    const std::string alphabet = AlphabetOf(variables);
    double bits = 0;
    for (const std::string_view variable : variables) bits += ChanceBits(variable, alphabet);
    const double sure = rank == Rank::kBareRandom ? kSureBareBits : kSureBits;
    return bits >= std::max(sure, kSureBitsEach * static_cast<double>(variables.size()));
  }

  bool AreEnough(const Candidate& candidate) const {
    if (candidate.members.size() >= kNamesNeeded) return true;
    return candidate.members.size() >= kMadeNeeded &&
           std::all_of(candidate.members.begin(), candidate.members.end(),
                       [&](std::size_t member) { return names_[member].made && names_[member].runs.size() == 1; }) &&
           IsSure(candidate);
  }

  // Whether so few names can hardly be alike by accident, or be words.
  bool IsSure(const Candidate& candidate) const {
    const bool has_text = FixedText(candidate) > 0;
    std::size_t longest = 0;
    for (const NamePiece& piece : candidate.pieces) longest = std::max<std::size_t>(longest, piece.length);
    switch (candidate.rank) {
      case Rank::kUuid:
      case Rank::kLongHex: return true;
      case Rank::kVersion: return false;
      case Rank::kHex: return longest >= (has_text ? kShortestRandom : kShortestBareMade);
      case Rank::kInteger:
        return has_text || std::all_of(candidate.members.begin(), candidate.members.end(), [&](std::size_t member) {
                 return names_[member].name.size() >= kShortestBareNumber;
               });
      case Rank::kBareRandom:
        if (longest < kShortestBareMade) return false;
        break;
      case Rank::kRandom: break;
    }
    const std::string alphabet = AlphabetOf(candidate.variables);
    return std::all_of(candidate.variables.begin(), candidate.variables.end(),
                       [&](std::string_view variable) { return ChanceBits(variable, alphabet) >= 0; }) &&
           LooksRandom(candidate.rank, candidate.variables);
  }

  void Take(Candidate& candidate, std::vector<NameGroup>& groups) {
    // Digits alone are an integer, which another reading says.
    const bool hex = candidate.rank == Rank::kHex || candidate.rank == Rank::kLongHex;
    if (hex && !candidate.letters) return;
    Candidate left{candidate.pieces, candidate.rank, false, {}, {}, {}};
    std::set<std::string_view> variables;
    for (std::size_t i = 0; i < candidate.members.size(); ++i) {
      if (taken_[candidate.members[i]]) continue;
      left.members.push_back(candidate.members[i]);
      left.endings.push_back(candidate.endings[i]);
      left.variables.push_back(candidate.variables[i]);
    }
    if (!AreEnough(left) || !Varies(left.members)) return;
    const bool random = IsRandom(left.rank);
    if (random && !LooksRandom(left.rank, left.variables)) return;

    NameGroup group;
    group.pattern.pieces = left.pieces;
    for (NamePiece& piece : group.pattern.pieces) {
      if (piece.kind == NamePiece::Kind::kRandom) piece.alphabet = AlphabetOf(left.variables);
    }
    const std::set<std::string_view> endings(left.endings.begin(), left.endings.end());
    if (endings.size() > kMostEndings) return;
    group.pattern.endings.assign(endings.begin(), endings.end());
    if (endings.size() == 1 && endings.begin()->empty()) group.pattern.endings.clear();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (!taken_[i] && group.pattern.Matches(names_[i].name)) group.members.push_back(i);
    }
    if (random && group.members.size() > kWordsAmong * left.members.size()) return;
    for (const std::size_t member : group.members) taken_[member] = true;
    Swallow(group, groups);
    groups.push_back(std::move(group));
  }

  // An earlier pattern all of whose names the new one matches as well would be of no use beside it.
  void Swallow(NameGroup& group, std::vector<NameGroup>& groups) const {
    std::erase_if(groups, [&](NameGroup& earlier) {
      const bool all = std::all_of(earlier.members.begin(), earlier.members.end(), [&](std::size_t member) {
        return group.pattern.Matches(names_[member].name);
      });
      if (all) group.members.insert(group.members.end(), earlier.members.begin(), earlier.members.end());
      return all;
    });
    std::sort(group.members.begin(), group.members.end());
  }

  std::span<const NameSeen> names_;
  std::size_t runs_here_;
  std::map<std::string, Candidate> candidates_;
  std::vector<bool> taken_;
};

}  // namespace

std::vector<NameGroup> FindGroups(std::span<const NameSeen> names, std::size_t runs_here) {
  return Finder(names, runs_here).Find();
}

}  // namespace sbtune::tune
