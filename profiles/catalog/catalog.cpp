#include "profiles/catalog/catalog.h"

#include <algorithm>
#include <charconv>

#include "profiles/catalog/catalog_builder.h"

namespace sbtune::catalog {
namespace {

struct Number {
  int major = 0;
  int minor = 0;
  auto operator<=>(const Number&) const = default;
};

// "14", "14.4", "14.4.1"; nothing for anything else.
std::optional<Number> ParseVersion(std::string_view text) {
  Number number;
  int* const parts[] = {&number.major, &number.minor, nullptr};
  for (int* part : parts) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0 || text.front() == '-') return std::nullopt;
    if (part != nullptr) *part = value;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return number;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
  }
  return std::nullopt;
}

base::Error UnknownVersion(std::string_view macos) {
  std::string known;
  for (const std::string_view version : Catalog::Versions()) {
    if (!known.empty()) known += ", ";
    known += version;
  }
  return {"no table for macOS version '" + std::string(macos) + "'; known are " + known +
          " (a version between two takes the older)"};
}

template <typename Map>
auto Lookup(const Map& map, std::string_view word) -> typename Map::mapped_type {
  const auto found = map.find(word);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

Catalog::Catalog() = default;
Catalog::Catalog(Catalog&&) noexcept = default;
Catalog::~Catalog() = default;

base::Result<const Catalog*> Catalog::ForVersion(std::string_view macos) {
  const Library& library = Library::Get();
  const std::size_t count = library.versions().size();
  if (macos.empty()) return &library.At(count - 1);
  const std::optional<Number> wanted = ParseVersion(macos);
  if (!wanted) return std::unexpected(UnknownVersion(macos));
  for (std::size_t v = count; v-- > 0;) {
    if (*ParseVersion(library.versions()[v]) <= *wanted) return &library.At(v);
  }
  return std::unexpected(UnknownVersion(macos));
}

std::span<const std::string_view> Catalog::Versions() { return Library::Get().versions(); }

bool Catalog::IsAtLeast(std::string_view version) const {
  const auto versions = Versions();
  const auto wanted = std::ranges::find(versions, version);
  SBTUNE_ASSERT(wanted != versions.end());
  return std::ranges::find(versions, version_) >= wanted;
}

std::optional<OperationName> Catalog::FindOperation(std::string_view word) const {
  const auto found = index_->operations.find(word);
  if (found == index_->operations.end()) return std::nullopt;
  return found->second.profile;
}

const Operation* Catalog::FindLoggedOperation(std::string_view word) const {
  const auto found = index_->operations.find(word);
  return found == index_->operations.end() ? nullptr : found->second.logged;
}

const Filter* Catalog::FindFilter(std::string_view word) const { return Lookup(index_->filters, word); }

const FilterShorthand* Catalog::FindShorthand(std::string_view word) const {
  return Lookup(index_->shorthands, word);
}

const ModifierInfo* Catalog::FindModifier(std::string_view word) const { return Lookup(index_->modifiers, word); }

bool Catalog::Applies(const Filter& filter, const Operation& operation) const {
  if (filter.applies_everywhere) return true;
  const auto base = index_->filter_bases.find(filter.base);
  return base != index_->filter_bases.end() && index_->applies[Id(operation)][base->second];
}

bool Catalog::Applies(const ModifierInfo& modifier, const Operation& operation) const {
  return !modifier.only_listed || index_->modifiers_of[Id(operation)].contains(modifier.name);
}

const Operation* Catalog::Parent(const Operation& operation) const { return index_->parents[Id(operation)]; }

std::vector<std::string_view> Catalog::OperationWords() const {
  std::vector<std::string_view> words;
  for (const auto& [word, meaning] : index_->operations) words.push_back(word);
  std::ranges::sort(words);
  return words;
}

std::vector<std::string_view> Catalog::FilterWords() const {
  std::vector<std::string_view> words;
  for (const auto& [word, filter] : index_->filters) words.push_back(word);
  for (const auto& [word, shorthand] : index_->shorthands) words.push_back(word);
  std::ranges::sort(words);
  return words;
}

bool IsLogOnlyOperation(std::string_view word) {
  // "forbidden-link-priv<file-write*>": the check, then the operation it was made for.
  if (const std::size_t open = word.find('<'); open != std::string_view::npos) {
    if (!word.ends_with('>')) return false;
    if (!Library::Get().HasOperationName(word.substr(open + 1, word.size() - open - 2))) return false;
    word = word.substr(0, open);
  }
  // The seen ones share a prefix that no operation has; later systems may add to them.
  constexpr std::string_view kPrefix = "forbidden-";
  return word.starts_with(kPrefix) && word.size() > kPrefix.size() &&
         word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

bool IsOperationName(std::string_view word) {
  return Library::Get().HasOperationName(word) || IsLogOnlyOperation(word);
}

}  // namespace sbtune::catalog
