#include "sql/store/group_ids.h"

namespace sbtune::store {
namespace {

constexpr std::size_t kMaxNames = 50'000;

}  // namespace

base::Result<std::uint32_t> GroupIds::Resolve(const GroupView& group) {
  const GroupTable::Place place = table_.Intern(group);
  if (!place.is_new) return place.index;
  GroupRow row{.action = group.action, .provenance = group.provenance, .ambiguous = group.ambiguous};
  const base::Result<std::int64_t> process = NameId(group.process);
  if (!process) return std::unexpected(process.error());
  const base::Result<std::int64_t> operation = NameId(group.operation);
  if (!operation) return std::unexpected(operation.error());
  row.process_id = *process;
  row.operation_id = *operation;
  base::Result<std::int64_t> id = FindRow(group, row.process_id, row.operation_id);
  if (id && *id == 0) id = Insert(group, row);
  if (!id) return std::unexpected(id.error());
  row.id = *id;
  rows_.push_back(row);
  return place.index;
}

base::Result<std::int64_t> GroupIds::NameId(std::string_view bytes) {
  if (const auto known = names_.find(bytes); known != names_.end()) return known->second;
  Statement& find = database_.Query("find_name");
  const base::Result<bool> row = find.BindBlob(1, bytes).Step();
  if (!row) return std::unexpected(row.error());
  std::int64_t id = *row ? find.Integer(0) : 0;
  find.Reset();
  if (id == 0) {
    if (base::Status done = database_.Query("insert_name").BindBlob(1, bytes).Run(); !done) {
      return std::unexpected(done.error());
    }
    id = database_.LastRowId();
  }
  names_.emplace(std::string(bytes), id);
  return id;
}

base::Result<std::int64_t> GroupIds::FindRow(const GroupView& group, std::int64_t process_id,
                                             std::int64_t operation_id) {
  Statement& find = database_.Query("find_group");
  find.Bind(1, static_cast<std::int64_t>(group.hash)).Bind(2, process_id).Bind(3, operation_id);
  find.BindBlob(4, group.target).BindBlob(5, group.tag);
  find.Bind(6, static_cast<std::int64_t>(group.action)).Bind(7, static_cast<std::int64_t>(group.provenance));
  find.Bind(8, std::int64_t{group.platform_policy}).Bind(9, std::int64_t{group.ambiguous});
  const base::Result<bool> row = find.Step();
  if (!row) return std::unexpected(row.error());
  const std::int64_t id = *row ? find.Integer(0) : 0;
  find.Reset();
  return id;
}

base::Result<std::int64_t> GroupIds::Insert(const GroupView& group, const GroupRow& row) {
  Statement& insert = database_.Query("insert_group");
  insert.Bind(1, static_cast<std::int64_t>(group.hash)).Bind(2, row.process_id).Bind(3, row.operation_id);
  insert.BindBlob(4, group.target).BindBlob(5, group.tag);
  insert.Bind(6, static_cast<std::int64_t>(group.action)).Bind(7, static_cast<std::int64_t>(group.provenance));
  insert.Bind(8, std::int64_t{group.platform_policy}).Bind(9, std::int64_t{group.ambiguous});
  if (base::Status done = insert.Run(); !done) return std::unexpected(done.error());
  return database_.LastRowId();
}

bool GroupIds::IsLarge() const { return table_.memory() + rows_.size() * sizeof(GroupRow) > max_memory_; }

void GroupIds::Forget() {
  table_ = GroupTable();
  rows_.clear();
  rows_.shrink_to_fit();
}

void GroupIds::Trim() {
  if (IsLarge()) Forget();
  if (names_.size() > kMaxNames) names_.clear();
}

}  // namespace sbtune::store
