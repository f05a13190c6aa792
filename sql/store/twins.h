// Merges what is told twice: sandboxd reports many of the kernel's denials again, with more to say about them. A
// report of the same (pid, operation, target) within two seconds of a counted denial is the same denial, in
// whichever order, batch or import the two arrive: each is compared with what is stored when it comes.
//
// A report that has met no denial yet counts as one, in a row of its own (lone_reports) that goes away when the
// denial turns up. That a report says "platform policy" is kept whatever becomes of it.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "sql/store/database.h"
#include "sql/store/evidence.h"
#include "sql/store/group_ids.h"
#include "sql/store/tally.h"

namespace sbtune::store {

class Twins {
 public:
  Twins(Database& database, GroupIds& groups, Tally& tally, std::int64_t run_id)
      : database_(database), groups_(groups), tally_(tally), run_id_(run_id) {}

  // A report that is new to the store; views are copied.
  void AddReport(std::uint32_t twin, std::int64_t time_ns, const GroupView& group);

  // For one batch whose evidence holds only new records: joins reports and denials, stores the rest. Returns the
  // number of reports that turned out to be denials counted elsewhere.
  [[nodiscard]] base::Result<std::uint64_t> Resolve(std::span<Evidence* const> batch);

 private:
  struct Report {
    std::uint32_t twin = 0;
    std::int64_t time_ns = 0;
    std::uint32_t group = 0;  // in reported_
    bool merged = false;
  };
  struct LoneReport {
    std::int64_t id = 0;
    std::int64_t time_ns = 0;
    std::int64_t run_id = 0;
    bool merged = false;
    GroupRow group = {};
  };

  [[nodiscard]] base::Result<std::uint64_t> MergeStoredReports(std::span<Evidence* const> batch);
  [[nodiscard]] base::Result<std::vector<LoneReport>> LoadStoredReports(
      std::int64_t low_ns, std::int64_t high_ns, std::unordered_multimap<std::uint32_t, std::size_t>& by_twin);
  [[nodiscard]] base::Status MergeNewReports(std::span<Evidence* const> batch);
  [[nodiscard]] base::Result<std::uint64_t> StoreNewReports();
  [[nodiscard]] base::Status StoreLoneReport(const Report& report, const GroupRow& group);
  [[nodiscard]] base::Status StoreSightings(std::span<Evidence* const> batch);

  Database& database_;
  GroupIds& groups_;
  Tally& tally_;
  std::int64_t run_id_;
  std::vector<Report> reports_;
  GroupTable reported_;
};

}  // namespace sbtune::store
