// A Filter made ready: names resolved to rows, globs tried once a name. Also walks the counts that it selects.
//
//   base::Result<Selection> selection = Selection::Make(database, filter);
//   selection->VisitCounts([&](const GroupColumns& group, const CountColumns& counts) { … });
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/result.h"
#include "sql/store/database.h"
#include "sql/store/store.h"

namespace sbtune::store {

// Views live as long as the call that hands them over.
struct GroupColumns {
  std::int64_t id = 0;
  std::int64_t process_id = 0;
  std::int64_t operation_id = 0;
  std::string_view process = {};
  std::string_view operation = {};
  std::optional<std::string_view> target = {};
  std::optional<std::string_view> tag = {};
  access::Action action = access::Action::kDeny;
  access::Provenance provenance = access::Provenance::kText;
  bool platform_policy = false;
  bool ambiguous = false;
};

struct CountColumns {  // of one group, run and hour
  std::int64_t run_id = 0;
  std::int64_t hour = 0;  // kNoHour: no time
  std::uint64_t count = 0;
  std::uint64_t duplicates = 0;
  std::optional<std::int64_t> first_ns = {};
  std::optional<std::int64_t> last_ns = {};
};

class Selection {
 public:
  [[nodiscard]] static base::Result<Selection> Make(Database& database, const Filter& filter);

  // By group; one pass over two tables side by side.
  [[nodiscard]] base::Status VisitCounts(
      const std::function<void(const GroupColumns&, const CountColumns&)>& visit);
  // The same from the overview, which knows neither targets nor times: false when the filter asks for these.
  [[nodiscard]] bool FitsTotals() const;
  [[nodiscard]] base::Status VisitTotals(const std::function<void(const GroupColumns&, const CountColumns&)>& visit);

  [[nodiscard]] const std::map<std::int64_t, Run>& runs() const { return runs_; }

 private:
  struct Name {
    std::string bytes;
    bool fits_process = true;
    bool fits_operation = true;
  };
  Selection(Database& database, const Filter& filter) : database_(&database), filter_(filter) {}
  [[nodiscard]] base::Status LoadNames();
  [[nodiscard]] base::Status ChooseRuns();
  [[nodiscard]] bool FillGroup(const Statement& row, GroupColumns& group) const;  // false: filtered out
  [[nodiscard]] bool FillNames(GroupColumns& group) const;
  [[nodiscard]] bool FitsTime(const CountColumns& counts) const;
  [[nodiscard]] bool FitsRun(std::int64_t run_id) const;

  Database* database_;
  Filter filter_;
  std::map<std::int64_t, Run> runs_ = {};  // chosen ones
  bool all_runs_ = true;
  std::unordered_map<std::int64_t, Name> names_;
};

}  // namespace sbtune::store
