#include "sql/store/group_table.h"

#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/base/result.h"

namespace sbtune::store {
namespace {

constexpr std::uint32_t kAbsent = 0xFFFFFFFF;
constexpr std::size_t kFirstSlots = 1u << 12;

std::uint64_t Hash(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint8_t PackTraits(const GroupView& group) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(group.action) |
                                   (static_cast<unsigned>(group.provenance) << 1) |
                                   (group.platform_policy ? 8u : 0u) | (group.ambiguous ? 16u : 0u));
}

std::uint32_t SizeOf(std::optional<std::string_view> bytes) {
  return bytes ? static_cast<std::uint32_t>(bytes->size()) : kAbsent;
}

std::size_t Present(std::uint32_t size) { return size == kAbsent ? 0 : size; }

}  // namespace

std::uint64_t HashAccess(std::string_view operation, std::optional<std::string_view> target) {
  const std::uint64_t seed = Hash(operation, 1);
  return target ? Hash(*target, seed) : seed;
}

std::uint64_t HashGroup(const GroupView& group, std::uint64_t access_hash) {
  const std::uint64_t hash = Hash(group.process, access_hash + PackTraits(group));
  return group.tag ? Hash(*group.tag, hash) : hash;
}

void GroupTable::Clear() {
  groups_.clear();
  text_.clear();
  slots_.assign(slots_.empty() ? kFirstSlots : slots_.size(), Slot{});
}

std::size_t GroupTable::LengthOf(const Stored& stored) {
  return std::size_t{stored.process_size} + stored.operation_size + Present(stored.target_size) +
         Present(stored.tag_size);
}

GroupTable::Place GroupTable::Intern(const GroupView& group) {
  const std::size_t mask = slots_.size() - 1;
  const auto upper = static_cast<std::uint32_t>(group.hash >> 32);
  std::size_t at = group.hash & mask;
  for (; slots_[at].index != 0; at = (at + 1) & mask) {
    const std::uint32_t index = slots_[at].index - 1;
    if (slots_[at].hash == upper && IsSame(groups_[index], group)) return {index, false};
  }
  const auto index = static_cast<std::uint32_t>(groups_.size());
  slots_[at] = {upper, index + 1};
  groups_.push_back({group.hash, static_cast<std::uint32_t>(text_.size()), SizeOf(group.process),
                     SizeOf(group.operation), SizeOf(group.target), SizeOf(group.tag), PackTraits(group)});
  text_.append(group.process).append(group.operation);
  text_.append(group.target.value_or("")).append(group.tag.value_or(""));
  SBTUNE_ASSERT(text_.size() < kAbsent);
  if (groups_.size() * 2 > slots_.size()) Grow();
  return {index, true};
}

bool GroupTable::IsSame(const Stored& stored, const GroupView& group) const {
  if (stored.hash != group.hash || stored.traits != PackTraits(group) || stored.process_size != group.process.size() ||
      stored.operation_size != group.operation.size() || stored.target_size != SizeOf(group.target) ||
      stored.tag_size != SizeOf(group.tag)) {
    return false;
  }
  const char* text = text_.data() + stored.text;
  const auto next_is = [&text](std::string_view bytes) {
    const bool same = bytes.empty() || std::memcmp(text, bytes.data(), bytes.size()) == 0;
    text += bytes.size();
    return same;
  };
  return next_is(group.process) && next_is(group.operation) && next_is(group.target.value_or("")) &&
         next_is(group.tag.value_or(""));
}

std::optional<std::uint32_t> GroupTable::Find(const GroupTable& other, std::uint32_t index) const {
  const Stored& wanted = other.groups_[index];
  const std::size_t length = LengthOf(wanted);
  const std::size_t mask = slots_.size() - 1;
  const auto upper = static_cast<std::uint32_t>(wanted.hash >> 32);
  for (std::size_t at = wanted.hash & mask; slots_[at].index != 0; at = (at + 1) & mask) {
    if (slots_[at].hash != upper) continue;
    const Stored& stored = groups_[slots_[at].index - 1];
    const bool same = stored.hash == wanted.hash && stored.traits == wanted.traits &&
                      stored.process_size == wanted.process_size && stored.operation_size == wanted.operation_size &&
                      stored.target_size == wanted.target_size && stored.tag_size == wanted.tag_size &&
                      std::memcmp(text_.data() + stored.text, other.text_.data() + wanted.text, length) == 0;
    if (same) return slots_[at].index - 1;
  }
  return std::nullopt;
}

void GroupTable::Prefetch(const GroupTable& other, std::uint32_t index) const {
  __builtin_prefetch(&slots_[other.groups_[index].hash & (slots_.size() - 1)]);
}

void GroupTable::Grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    std::size_t at = groups_[i].hash & mask;
    while (slots_[at].index != 0) at = (at + 1) & mask;
    slots_[at] = {static_cast<std::uint32_t>(groups_[i].hash >> 32), static_cast<std::uint32_t>(i + 1)};
  }
}

GroupView GroupTable::At(std::uint32_t index) const {
  const Stored& stored = groups_[index];
  const char* text = text_.data() + stored.text;
  const auto take = [&text](std::uint32_t size) {
    const std::string_view bytes(text, size);
    text += size;
    return bytes;
  };
  GroupView view;
  view.hash = stored.hash;
  view.process = take(stored.process_size);
  view.operation = take(stored.operation_size);
  if (stored.target_size != kAbsent) view.target = take(stored.target_size);
  if (stored.tag_size != kAbsent) view.tag = take(stored.tag_size);
  view.action = static_cast<access::Action>(stored.traits & 1);
  view.provenance = static_cast<access::Provenance>((stored.traits >> 1) & 3);
  view.platform_policy = (stored.traits & 8) != 0;
  view.ambiguous = (stored.traits & 16) != 0;
  return view;
}

}  // namespace sbtune::store
