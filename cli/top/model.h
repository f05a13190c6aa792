// What `top` knows: live groups, how they are sorted and filtered, what is selected, what the user decided. Pure: time
// comes in as seconds, keys as values, and what needs the world comes out as an Effect.
//
//   Model model;
//   Take(model, message);  Tick(model, now_s);
//   if (Press(model, {KeyKind::kEnter}) == Effect::kExplain) model.detail = …;
//   Draw(model, 80, 24)    // view.h
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/protocol/message.h"

namespace sbtune::top {

inline constexpr std::size_t kRateSeconds = 10;      // a rate is the mean over so many
inline constexpr std::size_t kMostGroups = 50'000;   // further ones are only counted

// Records that differ in where they come from are groups of their own: a forged one never counts for a true one.
struct GroupKey {
  std::string process;
  std::string operation;
  std::optional<std::string> target;
  access::Provenance provenance = access::Provenance::kText;
  bool ambiguous = false;
  bool platform_policy = false;
  auto operator<=>(const GroupKey&) const = default;
};

enum class Mark : std::uint8_t { kNone, kAccepted, kIgnored };

struct Group {
  std::uint64_t count = 0;
  std::array<std::uint32_t, kRateSeconds> seconds{};  // a ring of the last ones
  std::int64_t newest_s = 0;                          // of the ring
  Mark mark = Mark::kNone;
};

enum class Order : std::uint8_t { kRate, kCount };

struct Row {
  GroupKey key;
  std::uint64_t count = 0;
  double rate = 0;  // a second
  Mark mark = Mark::kNone;
  bool operator==(const Row&) const = default;
};

struct Model {
  std::map<GroupKey, Group> groups;
  std::uint64_t occurrences = 0;
  std::uint64_t ungrouped = 0;
  std::uint64_t incomplete = 0;  // gaps and losses told by the source
  std::string state = "starting";
  std::int64_t now_s = 0;

  Order order = Order::kRate;
  std::string filter;
  bool typing = false;                   // into the filter
  std::optional<std::vector<Row>> held;  // while paused: what is shown
  std::optional<GroupKey> selected;
  std::size_t first_row = 0;             // that is shown
  std::vector<std::string> detail;       // about the selected group; empty: none is open
  std::string note;                      // one line for the user
  bool ended = false;                    // the source has no more
};

enum class KeyKind : std::uint8_t { kText, kUp, kDown, kPageUp, kPageDown, kHome, kEnd, kEnter, kEscape, kBackspace };
struct Key {
  KeyKind kind = KeyKind::kText;
  std::string text = {};  // of kText: one character in UTF-8
};

enum class Effect : std::uint8_t { kNone, kQuit, kExplain };

void Take(Model& model, const protocol::ServerMessage& message);
void Tick(Model& model, std::int64_t now_s);
Effect Press(Model& model, const Key& key);

// What is shown, in order: filtered (a part of process, operation or target, in any case), sorted, without ignored ones
// unless the filter is "-".
[[nodiscard]] std::vector<Row> Rows(const Model& model);
[[nodiscard]] std::vector<GroupKey> Accepted(const Model& model);

}  // namespace sbtune::top
