#include "daemon/ingest/operation_names.h"

#include <algorithm>
#include <cstring>

#include "profiles/catalog/catalog.h"

namespace sbtune::ingest {
namespace {

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

std::size_t SlotOf(std::string_view word) {
  // The last letters and the length tell the names apart best; a clash costs a look-up, nothing else.
  std::uint32_t hash = static_cast<std::uint32_t>(word.size()) * 0x9E3779B1u;
  for (const std::size_t back : {std::size_t{1}, std::size_t{2}, std::size_t{4}, word.size()}) {
    if (back <= word.size())
      hash = (hash ^ static_cast<unsigned char>(word[word.size() - back])) * 0x01000193u;
  }
  return (hash >> 13) & 0xFF;
}

}  // namespace

bool OperationNames::Knows(std::string_view word) {
  if (word.empty()) return false;
  Slot& slot = slots_[SlotOf(word)];
  if (slot.size == word.size() && std::memcmp(slot.name.data(), word.data(), word.size()) == 0) return true;
  // `default` is what a profile says; no access has it.
  if (word.starts_with("default") || !catalog::IsOperationName(word)) return false;
  if (word.size() <= slot.name.size()) {
    slot.size = static_cast<std::uint8_t>(word.size());
    std::copy(word.begin(), word.end(), slot.name.begin());
  }
  return true;
}

bool LooksLikeOperation(std::string_view word) {
  if (word.size() < 3 || word.size() > 64 || !IsLower(word.front())) return false;
  return word.find('-') != std::string_view::npos;
}

}  // namespace sbtune::ingest
