// Collects counts until they are worth a visit to the database: one upsert for each group and hour, in the order of
// the table, however many records stand behind it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "sql/store/database.h"
#include "sql/store/evidence.h"
#include "sql/store/group_ids.h"

namespace sbtune::store {

class Tally {
 public:
  Tally(Database& database, const GroupIds& groups, std::int64_t run_id)
      : database_(database), groups_(groups), run_id_(run_id) {}

  // Counts of the group `ref`; what the cell says of its group is ignored. Flush before groups are trimmed.
  void Add(std::uint32_t ref, const Cell& cell);
  // Only the overview: for what has rows of its own elsewhere. `count` may be negative.
  [[nodiscard]] base::Status AddTotal(std::int64_t run_id, const GroupRow& group, std::int64_t count,
                                      std::int64_t duplicates);
  [[nodiscard]] bool IsFull() const;
  [[nodiscard]] base::Status Flush();

 private:
  [[nodiscard]] base::Status WriteHours();
  [[nodiscard]] base::Status WriteTotals();

  Database& database_;
  const GroupIds& groups_;
  std::int64_t run_id_;
  std::vector<Cell> rows_;               // their groups are refs
  std::vector<std::uint32_t> current_;   // of each ref: 1 + the row that was added to last
};

}  // namespace sbtune::store
