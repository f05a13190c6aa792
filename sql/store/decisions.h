// What users answered to suggestions: never asked again, until revoked.
//
//   store::DecisionBook book(store);
//   book.Keep({.profile = "/p/agent.sb", .operation = "file-read-data", .target = "/x", .answer = Answer::kDeny,
//              .reason = "not its business"}, now_ns);
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "sql/store/store.h"

namespace sbtune::store {

enum class Answer : std::uint8_t {
  kAllow,   // taken into the profile, or to be
  kDeny,    // stays denied on purpose
  kIgnore,  // of no interest
};
[[nodiscard]] std::string_view Name(Answer answer);  // "allow", "deny", "ignore"
[[nodiscard]] std::optional<Answer> ParseAnswer(std::string_view name);

struct StoredDecision {
  std::int64_t id = 0;
  std::string profile;  // its first file, absolute
  std::string operation;
  std::optional<std::string> target;
  Answer answer = Answer::kDeny;
  std::string reason;
  std::int64_t made_ns = 0;
  std::string rule = {};  // of an allow: the rule that was taken, as the review showed it; empty: exactly this access
  bool operator==(const StoredDecision&) const = default;
};

class DecisionBook {
 public:
  explicit DecisionBook(Store& store) : store_(store) {}

  // All or none; each takes the place of an older answer to the same question. `id` and `made_ns` are ignored.
  [[nodiscard]] base::Status Keep(std::span<const StoredDecision> decisions, std::int64_t now_ns);
  [[nodiscard]] base::Result<std::vector<StoredDecision>> List();  // those in force, oldest first
  // False: no decision in force has this number.
  [[nodiscard]] base::Result<bool> Revoke(std::int64_t id, std::int64_t now_ns);

 private:
  Store& store_;
};

}  // namespace sbtune::store
