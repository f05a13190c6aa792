#include "tests/support/store_fixture.h"

#include <doctest/doctest.h>

#include <functional>

#include <fmt/format.h>

#include "sql/store/database.h"

namespace sbtune::test {
namespace {

Record Make(access::RecordKind kind, const std::string& process, const std::string& operation,
            std::optional<std::string> target, std::int64_t time_ns, std::int64_t pid, std::uint64_t duplicates) {
  Record record{.view = {}, .process = process, .operation = operation, .target = std::move(target), .tag = {}};
  record.view.kind = kind;
  record.view.provenance = access::Provenance::kText;
  record.view.time_ns = time_ns;
  record.view.pid = pid;
  record.view.duplicates = duplicates;
  const std::string line = fmt::format("{} {} {} {} {} {} {}", static_cast<int>(kind), process, operation,
                                       record.target.value_or("-"), time_ns, pid, duplicates);
  return WithIdentity(std::move(record), access::IdentityKind::kTimed, std::hash<std::string>()(line));
}

access::RecordView ViewOf(const Record& record) {
  access::RecordView view = record.view;
  view.process = record.process;
  view.operation = record.operation;
  if (record.target) view.target = *record.target;
  if (record.tag) view.tag = *record.tag;
  return view;
}

}  // namespace

Record Denial(const std::string& process, const std::string& operation, std::optional<std::string> target,
              std::int64_t time_ns, std::int64_t pid) {
  return Make(access::RecordKind::kDenial, process, operation, std::move(target), time_ns, pid, 0);
}

Record Report(const std::string& process, const std::string& operation, std::optional<std::string> target,
              std::int64_t time_ns, std::int64_t pid) {
  return Make(access::RecordKind::kReport, process, operation, std::move(target), time_ns, pid, 0);
}

Record Duplicates(const std::string& process, const std::string& operation, std::optional<std::string> target,
                  std::int64_t time_ns, std::uint64_t duplicates) {
  return Make(access::RecordKind::kDuplicate, process, operation, std::move(target), time_ns, 100, duplicates);
}

Record WithIdentity(Record record, access::IdentityKind kind, std::uint64_t identity) {
  record.view.identity_kind = kind;
  record.view.identity_low = identity;
  record.view.identity_high = ~identity;
  return record;
}

void AddTo(store::Evidence& evidence, const Record& record) { evidence.Add(ViewOf(record)); }

StoreFixture::StoreFixture() { Reopen(); }

void StoreFixture::Reopen() {
  store_.reset();
  base::Result<store::Store> opened = store::Store::OpenForWriting(path());
  REQUIRE_MESSAGE(opened.has_value(), opened.error().message);
  store_ = std::move(*opened);
  REQUIRE(store_->database().Execute("PRAGMA synchronous = OFF").has_value());  // no test cuts the power
}

store::ImportTotals StoreFixture::Import(const std::string& run, const std::vector<Batch>& batches,
                                         std::size_t per_commit, const std::string& source) {
  store::Import import = store::Import::Into(*store_, {.name = run}, source, kStart);
  std::vector<store::Evidence> evidence(per_commit);
  std::vector<store::Evidence*> pending;
  std::vector<store::Entry> scratch;
  const auto commit = [&] {
    const base::Status done = import.Commit(pending);
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
    pending.clear();
  };
  for (const Batch& batch : batches) {
    store::Evidence& next = evidence[pending.size()];
    next.Begin(7);
    for (const Record& record : batch) next.Add(ViewOf(record));
    next.Seal(scratch);
    pending.push_back(&next);
    if (pending.size() == per_commit) commit();
  }
  if (!pending.empty()) commit();
  const base::Status done = import.Finish({.finished_ns = kStart});
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  return import.totals();
}

std::vector<access::DenialGroup> StoreFixture::Groups(const store::Filter& filter) {
  std::vector<access::DenialGroup> groups;
  const base::Status done =
      store_->VisitGroups(filter, [&](const access::DenialGroup& group) { groups.push_back(group); });
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
  return groups;
}

std::vector<store::StatRow> StoreFixture::Stats(store::Dimension dimension, const store::Filter& filter) {
  base::Result<std::vector<store::StatRow>> rows = store_->Stats(dimension, filter);
  REQUIRE_MESSAGE(rows.has_value(), rows.error().message);
  return *std::move(rows);
}

std::string StoreFixture::Dump() {
  std::string out;
  for (const access::DenialGroup& group : Groups({.action = std::nullopt})) {
    std::string runs;
    for (const std::string& run : group.runs) runs += run + ",";
    out += fmt::format("{} {} {} {}{}{} tag={} runs={} {}+{} {}..{}\n", group.process, group.operation,
                       group.target.value_or("(none)"), access::Name(group.provenance),
                       group.platform_policy ? " policy" : "", group.ambiguous ? " ambiguous" : "",
                       group.tag.value_or(""), runs, group.count, group.duplicates, group.first_seen_ns.value_or(-1),
                       group.last_seen_ns.value_or(-1));
  }
  for (const store::StatRow& row : Stats(store::Dimension::kOperation, {.action = std::nullopt})) {
    out += fmt::format("operation {} {}+{} {} {}\n", row.value.value_or(""), row.count, row.duplicates, row.untrusted,
                       row.ambiguous);
  }
  for (const store::StatRow& row : Stats(store::Dimension::kHour, {.action = std::nullopt})) {
    out += fmt::format("hour {} {}+{}\n", row.hour_ns.value_or(-1), row.count, row.duplicates);
  }
  return out;
}

}  // namespace sbtune::test
