#include "sql/store/decisions.h"

#include <array>

#include "sql/store/database.h"

namespace sbtune::store {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"allow", "deny", "ignore"};

std::optional<std::string_view> View(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

}  // namespace

std::string_view Name(Answer answer) { return kNames[static_cast<std::size_t>(answer)]; }

std::optional<Answer> ParseAnswer(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Answer>(i);
  }
  return std::nullopt;
}

base::Status DecisionBook::Keep(std::span<const StoredDecision> decisions, std::int64_t now_ns) {
  Database& database = store_.database();
  auto transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  for (const StoredDecision& made : decisions) {
    Statement& replace = database.Query("replace_decision");
    replace.BindText(1, made.profile).BindBlob(2, std::string_view(made.operation)).BindBlob(3, View(made.target)).Bind(4, now_ns);
    if (auto done = replace.Run(); !done) return done;
    Statement& insert = database.Query("insert_decision");
    insert.BindText(1, made.profile).BindBlob(2, std::string_view(made.operation)).BindBlob(3, View(made.target));
    insert.BindText(4, Name(made.answer)).BindText(5, made.reason).Bind(6, now_ns).BindBlob(7, std::string_view(made.rule));
    if (auto done = insert.Run(); !done) return done;
  }
  return transaction->Commit();
}

base::Result<std::vector<StoredDecision>> DecisionBook::List() {
  Statement& query = store_.database().Query("all_decisions");
  std::vector<StoredDecision> decisions;
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    StoredDecision made{query.Integer(0), std::string(query.Bytes(1)), std::string(query.Bytes(2)), std::nullopt,
                        ParseAnswer(query.Bytes(4)).value_or(Answer::kIgnore), std::string(query.Bytes(5)), query.Integer(6), std::string(query.Bytes(7))};
    if (!query.IsNull(3)) made.target = std::string(query.Bytes(3));
    decisions.push_back(std::move(made));
  }
  query.Reset();
  return decisions;
}

base::Result<bool> DecisionBook::Revoke(std::int64_t id, std::int64_t now_ns) {
  Statement& revoke = store_.database().Query("revoke_decision");
  const base::Result<bool> row = revoke.Bind(1, id).Bind(2, now_ns).Step();
  revoke.Reset();
  return row;
}

}  // namespace sbtune::store
