// Groups and their rows: finds the row of a group, or makes it, and remembers both for a while.
//
//   base::Result<std::uint32_t> ref = ids.Resolve(view);   // valid until Trim
//   ids.At(*ref).id
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "sql/store/database.h"
#include "sql/store/group_table.h"

namespace sbtune::store {

struct GroupRow {
  std::int64_t id = 0;
  std::int64_t process_id = 0;
  std::int64_t operation_id = 0;
  access::Action action = access::Action::kDeny;
  access::Provenance provenance = access::Provenance::kText;
  bool ambiguous = false;
};

class GroupIds {
 public:
  GroupIds(Database& database, std::size_t max_memory) : database_(database), max_memory_(max_memory) {}

  [[nodiscard]] base::Result<std::uint32_t> Resolve(const GroupView& group);
  [[nodiscard]] const GroupTable& known() const { return table_; }  // its indices are refs
  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] const GroupRow& At(std::uint32_t ref) const { return rows_[ref]; }
  // Forgets everything once it takes too much memory. Not while refs are in use.
  void Trim();
  void Forget();  // everything, at once: rows may be gone. Not while refs are in use.
  [[nodiscard]] bool IsLarge() const;

 private:
  struct BytesHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view bytes) const { return std::hash<std::string_view>()(bytes); }
  };
  [[nodiscard]] base::Result<std::int64_t> NameId(std::string_view bytes);
  [[nodiscard]] base::Result<std::int64_t> FindRow(const GroupView& group, std::int64_t process_id,
                                                   std::int64_t operation_id);
  [[nodiscard]] base::Result<std::int64_t> Insert(const GroupView& group, const GroupRow& row);

  Database& database_;
  std::size_t max_memory_;
  GroupTable table_;
  std::vector<GroupRow> rows_;  // parallel to table_
  std::unordered_map<std::string, std::int64_t, BytesHash, std::equal_to<>> names_;
};

}  // namespace sbtune::store
