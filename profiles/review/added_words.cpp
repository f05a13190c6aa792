#include "profiles/review/added_words.h"

#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "profiles/scheme/reader.h"

namespace sbtune::review {
namespace {

// What computes, defines, imports or takes away.
constexpr auto kNeverAdded = std::to_array<std::string_view>(
    {"if",      "cond",  "case",   "when",  "unless", "and",     "or",          "not",  "do",         "let",
     "let*",    "letrec", "define", "set!",  "lambda", "macro",   "begin",       "eval", "apply",      "map",
     "for-each", "import", "load",   "with",   "version", "with-filter", "debug", "defined?", "entitlement",
     "apply-message-filter"});

constexpr std::uint64_t kMostBytes = 256U << 20;  // of the data that is read; as much as a profile may need

using Counts = std::map<std::string, std::size_t, std::less<>>;

void Count(const scheme::Value& datum, Counts& counts) {
  std::vector<scheme::Value> work{datum};
  while (!work.empty()) {
    const scheme::Value value = work.back();
    work.pop_back();
    if (value.is(scheme::Type::kPair)) {
      work.push_back(value.pair()->car);
      work.push_back(value.pair()->cdr);
    } else if (value.is(scheme::Type::kSymbol)) {
      ++counts[std::string(value.symbol()->name)];
    }
  }
}

Counts WordsOf(const sbpl::Profile& profile) {
  Counts counts;
  for (const base::SourceRange& form : profile.top_level_forms) {
    scheme::Heap heap(kMostBytes);
    base::Diagnostics diagnostics;
    scheme::Reader reader(heap, profile.sources.Text(form), form.source, diagnostics, {});
    while (const auto datum = reader.Next()) Count(datum->value, counts);
  }
  return counts;
}

}  // namespace

std::optional<std::string> AddedWord(const sbpl::Profile& before, const sbpl::Profile& after) {
  const Counts old = WordsOf(before), now = WordsOf(after);
  const auto count = [](const Counts& counts, std::string_view word) {
    const auto found = counts.find(word);
    return found == counts.end() ? 0 : found->second;
  };
  for (const std::string_view word : kNeverAdded) {
    if (count(now, word) > count(old, word)) return std::string(word);
  }
  return std::nullopt;
}

}  // namespace sbtune::review
