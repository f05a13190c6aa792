#include "sql/store/live_book.h"

#include "sql/store/database.h"

namespace sbtune::store {
namespace {

base::Result<std::vector<StoredGap>> ReadGaps(Statement& query) {
  std::vector<StoredGap> gaps;
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    gaps.push_back({query.Integer(0), query.Integer(1), query.Integer(2), std::string(query.Bytes(3)),
                    std::string(query.Bytes(4)), static_cast<std::uint64_t>(query.Integer(5))});
  }
  query.Reset();
  return gaps;
}

}  // namespace

base::Result<std::optional<Cursor>> LiveBook::LoadCursor() {
  Statement& query = store_.database().Query("find_cursor");
  const base::Result<bool> row = query.BindText(1, source_).Step();
  if (!row) return std::unexpected(row.error());
  std::optional<Cursor> cursor;
  if (*row) cursor = Cursor{query.Integer(0), std::string(query.Bytes(1))};
  query.Reset();
  return cursor;
}

base::Status LiveBook::KeepCursor(const Cursor& cursor, std::int64_t now_ns) {
  Statement& keep = store_.database().Query("keep_cursor");
  return keep.BindText(1, source_).Bind(2, cursor.time_ns).BindText(3, cursor.proof).Bind(4, now_ns).Run();
}

base::Result<std::int64_t> LiveBook::AddGap(const StoredGap& gap) {
  Statement& insert = store_.database().Query("insert_gap");
  insert.BindText(1, source_).Bind(2, gap.from_ns).Bind(3, gap.to_ns).BindText(4, gap.reason).BindText(5, gap.repair);
  if (base::Status done = insert.Bind(6, static_cast<std::int64_t>(gap.lost_lines)).Run(); !done) {
    return std::unexpected(done.error());
  }
  return store_.database().LastRowId();
}

base::Status LiveBook::SettleGap(std::int64_t id, std::string_view repair) {
  return store_.database().Query("settle_gap").Bind(1, id).BindText(2, repair).Run();
}

base::Result<std::vector<StoredGap>> LiveBook::GapsWith(std::string_view repair, int limit) {
  Statement& query = store_.database().Query("find_gaps_by_repair");
  return ReadGaps(query.BindText(1, source_).BindText(2, repair).Bind(3, std::int64_t{limit}));
}

base::Result<std::vector<StoredGap>> LiveBook::GapsSince(std::int64_t since_ns, int limit) {
  Statement& query = store_.database().Query("find_gaps_since");
  return ReadGaps(query.BindText(1, source_).Bind(2, since_ns).Bind(3, std::int64_t{limit}));
}

base::Result<std::vector<GapCount>> LiveBook::CountGaps() {
  Statement& query = store_.database().Query("count_gaps").BindText(1, source_);
  std::vector<GapCount> counts;
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    counts.push_back({std::string(query.Bytes(0)), static_cast<std::uint64_t>(query.Integer(1)),
                      static_cast<std::uint64_t>(query.Integer(2))});
  }
  query.Reset();
  return counts;
}

base::Result<std::uint64_t> LiveBook::LastSeq() {
  Statement& query = store_.database().Query("last_recent");
  const base::Result<bool> row = query.Step();
  if (!row) return std::unexpected(row.error());
  const auto seq = static_cast<std::uint64_t>(query.Integer(0));
  query.Reset();
  return seq;
}

base::Status LiveBook::AddRecent(std::uint64_t first_seq, std::uint64_t last_seq, std::int64_t high_ns,
                                 std::string_view json_lines, std::uint64_t keep) {
  Database& database = store_.database();
  Statement& insert = database.Query("insert_recent");
  insert.Bind(1, static_cast<std::int64_t>(last_seq)).Bind(2, static_cast<std::int64_t>(first_seq));
  if (base::Status done = insert.Bind(3, high_ns).BindBlob(4, json_lines).Run(); !done) return done;
  if (last_seq <= keep) return {};
  return database.Query("trim_recent").Bind(1, static_cast<std::int64_t>(last_seq - keep)).Run();
}

base::Status LiveBook::VisitRecent(
    std::int64_t since_ns, std::uint64_t up_to_seq,
    const std::function<void(std::uint64_t, std::uint64_t, std::string_view)>& visit) {
  Statement& query = store_.database().Query("find_recent");
  query.Bind(1, since_ns).Bind(2, static_cast<std::int64_t>(up_to_seq));
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    visit(static_cast<std::uint64_t>(query.Integer(0)), static_cast<std::uint64_t>(query.Integer(1)), query.Bytes(2));
  }
  query.Reset();
  return {};
}

}  // namespace sbtune::store
