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
  Tally(Database& database, std::int64_t run_id) : database_(database), run_id_(run_id) {}

  void Add(const GroupRow& group, const Cell& cell);
  // Only the overview: for what has rows of its own elsewhere. `count` may be negative.
  [[nodiscard]] base::Status AddTotal(std::int64_t run_id, const GroupRow& group, std::int64_t count,
                                      std::int64_t duplicates);
  [[nodiscard]] bool IsFull() const;
  [[nodiscard]] base::Status Flush();

 private:
  struct Row {
    GroupRow group;
    Cell cell;
  };
  [[nodiscard]] base::Status WriteHour(const Row& row);

  Database& database_;
  std::int64_t run_id_;
  std::vector<Row> rows_;
};

}  // namespace sbtune::store
