#include "profiles/tune/generalize/name_chance.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace sbtune::tune {
namespace {

enum Kind : std::size_t { kDigit, kLower, kUpper, kOther, kStart };

Kind KindOf(char c) {
  if (c >= '0' && c <= '9') return kDigit;
  if (c >= 'a' && c <= 'z') return kLower;
  if (c >= 'A' && c <= 'Z') return kUpper;
  return kOther;
}

// How often a kind follows a kind in names that people write: rough shares, from a few trees of installed files.
constexpr double kFollows[][4] = {
    {0.60, 0.25, 0.12, 0.03},  // after a digit
    {0.03, 0.93, 0.03, 0.01},  // after a small letter
    {0.04, 0.66, 0.29, 0.01},  // after a capital
    {0.20, 0.60, 0.19, 0.01},  // after an underscore
    {0.10, 0.75, 0.14, 0.01},  // at the beginning
};

// Percent of English text, a to z.
constexpr std::array<double, 26> kFrequency = {8.2, 1.5, 2.8, 4.3, 12.7, 2.2, 2.0, 6.1, 7.0, 0.15, 0.8, 4.0, 2.4,
                                               6.7, 7.5, 1.9, 0.1, 6.0,  6.3, 9.1, 2.8, 1.0, 2.4,  0.15, 2.0, 0.07};

constexpr bool IsVowel(char lower) {
  return lower == 'a' || lower == 'e' || lower == 'i' || lower == 'o' || lower == 'u' || lower == 'y';
}

constexpr double SumOf(bool vowels) {
  double sum = 0;
  for (std::size_t i = 0; i < kFrequency.size(); ++i) {
    if (IsVowel(static_cast<char>('a' + i)) == vowels) sum += kFrequency[i];
  }
  return sum;
}

// `before`: the letter in front, in lower case, or 0.
double ShareOfLetter(char lower, char before) {
  const double vowel_share = before == 0 ? 0.35 : IsVowel(before) ? 0.2 : 0.5;
  const double frequency = kFrequency[static_cast<std::size_t>(lower - 'a')];
  return IsVowel(lower) ? vowel_share * frequency / SumOf(true) : (1 - vowel_share) * frequency / SumOf(false);
}

double BitsOfWord(std::string_view text) {
  double bits = 0;
  Kind last = kStart;
  char before = 0;
  for (const char c : text) {
    const Kind kind = KindOf(c);
    double share = kFollows[last][kind];
    const bool letter = kind == kLower || kind == kUpper;
    const char lower = kind == kUpper ? static_cast<char>(c - 'A' + 'a') : c;
    if (kind == kDigit) share /= 10;
    if (letter) share *= ShareOfLetter(lower, before);
    before = letter ? lower : '\0';
    bits -= std::log2(share);
    last = kind;
  }
  return bits;
}

double SizeOf(std::string_view alphabet) {
  const auto has = [&](std::string_view part) { return alphabet.find(part) != std::string_view::npos; };
  return 10.0 + (has("A-Z") ? 26 : 0) + (has("a-z") ? 26 : 0) + (has("_") ? 1 : 0);
}

}  // namespace

std::string AlphabetOf(std::span<const std::string_view> texts) {
  bool seen[kStart] = {};
  for (const std::string_view text : texts) {
    for (const char c : text) seen[KindOf(c)] = true;
  }
  return std::string(seen[kUpper] ? "A-Z" : "") + (seen[kLower] ? "a-z" : "") + "0-9" + (seen[kOther] ? "_" : "");
}

double ChanceBits(std::string_view text, std::string_view alphabet) {
  return BitsOfWord(text) - static_cast<double>(text.size()) * std::log2(SizeOf(alphabet));
}

double ChanceBits(std::string_view text) { return ChanceBits(text, AlphabetOf({&text, 1})); }

}  // namespace sbtune::tune
