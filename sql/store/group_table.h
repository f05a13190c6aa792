// Groups by content, each kept once: an open hash table over one buffer of text.
//
//   GroupTable table;
//   auto [index, is_new] = table.Intern(view);   // copies the strings when new
//   GroupView again = table.At(index);           // lives until the next Intern
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/record.h"

namespace sbtune::store {

// The columns of a group, as views into whatever holds them.
struct GroupView {
  std::uint64_t hash = 0;  // HashGroup of the rest
  std::string_view process = {};
  std::string_view operation = {};
  std::optional<std::string_view> target = {};
  std::optional<std::string_view> tag = {};
  access::Action action = access::Action::kDeny;
  access::Provenance provenance = access::Provenance::kText;
  bool platform_policy = false;
  bool ambiguous = false;

  bool operator==(const GroupView&) const = default;
};

// Stable: both are stored.
[[nodiscard]] std::uint64_t HashAccess(std::string_view operation, std::optional<std::string_view> target);
[[nodiscard]] std::uint64_t HashGroup(const GroupView& group, std::uint64_t access_hash);

class GroupTable {
 public:
  struct Place {
    std::uint32_t index;
    bool is_new;
  };
  GroupTable() { Clear(); }
  [[nodiscard]] Place Intern(const GroupView& group);
  // Where the group that `other` holds at `index` stands here.
  [[nodiscard]] std::optional<std::uint32_t> Find(const GroupTable& other, std::uint32_t index) const;
  void Prefetch(const GroupTable& other, std::uint32_t index) const;  // for a Find that follows soon
  [[nodiscard]] GroupView At(std::uint32_t index) const;
  [[nodiscard]] std::size_t size() const { return groups_.size(); }
  [[nodiscard]] std::size_t memory() const {
    return text_.size() + groups_.size() * sizeof(Stored) + slots_.size() * sizeof(Slot);
  }
  void Clear();  // keeps the buffers

 private:
  struct Stored {
    std::uint64_t hash;
    std::uint32_t text;  // offset of process, operation, target, tag, one after the other
    std::uint32_t process_size;
    std::uint32_t operation_size;
    std::uint32_t target_size;  // kAbsent: none
    std::uint32_t tag_size;
    std::uint8_t traits;
  };
  struct Slot {
    std::uint32_t hash = 0;   // its upper half
    std::uint32_t index = 0;  // + 1; 0: free
  };
  [[nodiscard]] bool IsSame(const Stored& stored, const GroupView& group) const;
  [[nodiscard]] static std::size_t LengthOf(const Stored& stored);  // of its text
  void Grow();

  std::vector<Stored> groups_;
  std::vector<Slot> slots_;
  std::string text_ = {};
};

}  // namespace sbtune::store
