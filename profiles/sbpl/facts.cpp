#include "profiles/sbpl/facts.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/base/text.h"

namespace sbtune::sbpl {
namespace {

constexpr std::string_view kOwnNames[] = {"entitlement", "protocol"};

base::Error UnknownName(std::string_view name, const catalog::Catalog& catalog) {
  std::vector<std::string_view> words = catalog.FilterWords();
  words.insert(words.end(), std::begin(kOwnNames), std::end(kOwnNames));
  std::string message = "no fact is called '" + std::string(name) + "'; facts are named like the filters that ask for them";
  if (const auto near = base::NearestName(name, words)) message += ", perhaps '" + std::string(*near) + "'";
  return {message};
}

}  // namespace

bool MayHoldSeveral(std::string_view name) {
  static constexpr auto kSeveral = std::to_array<std::string_view>(
      {"extension", "process-attribute", "system-attribute", "file-attribute", "csr", "state-flag", "entitlement",
       "require-ancestor-with-entitlement", "require-target-with-entitlement",
       "require-responsible-binary-with-entitlement", "ancestor-signing-identifier", "profile-flag",
       "device-conforms-to"});
  return std::ranges::find(kSeveral, name) != kSeveral.end();
}

std::optional<std::int64_t> ParseFilterNumber(const catalog::Filter& filter, std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.front() < '0' || text.front() > '9') {
    const auto named = std::ranges::find(filter.named_values, text, &catalog::NamedValue::name);
    if (named != filter.named_values.end()) return named->value;
  }
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("#x")) base = 16;
  if (text.starts_with("0o") || text.starts_with("#o")) base = 8;
  if (base != 10) text.remove_prefix(2);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

base::Result<Fact> ParseFact(std::string_view text, const catalog::Catalog& catalog) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return base::Fail("a fact is written NAME=VALUE, NAME!=VALUE or NAME=, not '" + std::string(text) + "'");
  }
  Fact fact;
  std::string_view name = text.substr(0, equals);
  fact.value = text.substr(equals + 1);
  if (name.ends_with('!')) {
    fact.kind = Fact::Kind::kDoesNotHold;
    name.remove_suffix(1);
  }
  if (fact.value.empty()) {
    if (fact.kind == Fact::Kind::kDoesNotHold) return base::Fail("'" + std::string(text) + "' names no value");
    fact.kind = Fact::Kind::kNothingElse;
  }
  fact.name = name;
  if (std::ranges::find(kOwnNames, name) != std::end(kOwnNames)) return fact;
  const catalog::Filter* filter = catalog.FindFilter(name);
  if (filter == nullptr) return std::unexpected(UnknownName(name, catalog));
  fact.name = filter->base;
  const bool numeric =
      filter->argument == catalog::ArgumentType::kInteger || filter->argument == catalog::ArgumentType::kBitfield;
  if (!numeric || fact.value.empty()) return fact;
  const auto number = ParseFilterNumber(*filter, fact.value);
  if (!number) {
    return base::Fail("'" + fact.value + "' is neither a number nor a value of '" + fact.name + "'");
  }
  fact.value = std::to_string(*number);
  return fact;
}

}  // namespace sbtune::sbpl
