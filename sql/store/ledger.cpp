#include "sql/store/ledger.h"

#include <algorithm>

namespace sbtune::store {
namespace {

constexpr std::uint64_t kLargeRun = 256u << 10;   // runs are not joined beyond this size: three of them stand in memory at once
constexpr std::uint64_t kSmallRun = 512;          // runs below this size are joined wherever they lie in their slab
// The same event is stamped up to some 16 ms differently by `log stream` and `log show`.
constexpr std::int64_t kEventToleranceNs = 1'000'000'000;

// The keys of a section with the number of entries that share each.
KeyRun KeysOf(std::span<const Entry> entries) {
  KeyRun run;
  run.keys.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i + 1;
    while (end < entries.size() && entries[end].key == entries[i].key) ++end;
    run.Add(entries[i].key, static_cast<std::uint32_t>(end - i));
    i = end;
  }
  return run;
}

// How many of `now` further occurrences count, after `own` in this import and `others` in other ones.
std::uint32_t Countable(std::uint64_t key, std::uint32_t now, std::uint32_t own, std::uint32_t others) {
  if (KindOfKey(key) != access::IdentityKind::kTimed) return own + others == 0 ? 1 : 0;
  const std::uint64_t before = std::max(others, own);
  const std::uint64_t after = std::max<std::uint64_t>(others, std::uint64_t{own} + now);
  return static_cast<std::uint32_t>(after - before);
}

// Runs that lie over each other are joined when the older is not much larger, so that each key is rewritten only
// a logarithmic number of times and there are only as many runs to compare with. Runs that follow each other in
// time, the usual case, are left alone.
bool ShouldJoin(std::uint64_t new_size, std::int64_t low, std::int64_t high, std::uint64_t old_size,
                std::int64_t old_low, std::int64_t old_high) {
  if (old_size + new_size <= kSmallRun) return true;
  if (old_size > 2 * new_size || old_size + new_size > kLargeRun) return false;
  const std::int64_t shared = std::min(high, old_high) - std::max(low, old_low);
  const std::int64_t shorter = std::min(high - low, old_high - old_low);
  return shared >= 0 && shared >= shorter / 2;
}

}  // namespace

base::Result<std::uint64_t> Ledger::Admit(const Evidence& evidence, std::vector<std::uint8_t>& is_new) {
  is_new.clear();
  std::uint64_t admitted = 0;
  for (const Section& section : evidence.sections()) {
    const base::Result<std::uint64_t> count = AdmitSection(evidence, section, is_new);
    if (!count) return count;
    admitted += *count;
  }
  return admitted;
}

base::Result<std::uint64_t> Ledger::AdmitSection(const Evidence& evidence, const Section& section,
                                                 std::vector<std::uint8_t>& is_new) {
  const std::span<const Entry> entries = evidence.entries().subspan(section.begin, section.end - section.begin);
  KeyRun keys = KeysOf(entries);
  const base::Result<std::vector<StoredRun>> candidates = Candidates(evidence, section);
  if (!candidates) return std::unexpected(candidates.error());
  Prior prior;
  const base::Result<bool> met = Compare(keys, *candidates, prior);
  if (!met) return std::unexpected(met.error());
  if (!*met && keys.counts.empty()) {  // nothing was met before, nothing twice
    if (base::Status done = Write(Book::kCounted, section, std::move(keys), *candidates); !done) {
      return std::unexpected(done.error());
    }
    return entries.size();
  }
  if (is_new.empty()) is_new.assign(evidence.entries().size(), 1);

  KeyRun counted;
  KeyRun passed;
  std::uint64_t admitted = 0;
  std::size_t at = section.begin;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::uint32_t now = keys.CountAt(i);
    const std::uint32_t count = Countable(keys.keys[i], now, *met ? prior.by_us[i] : 0, *met ? prior.by_others[i] : 0);
    std::fill(is_new.begin() + static_cast<std::ptrdiff_t>(at + count),
              is_new.begin() + static_cast<std::ptrdiff_t>(at + now), std::uint8_t{0});
    at += now;
    admitted += count;
    if (count > 0) counted.Add(keys.keys[i], count);
    const bool multiset = KindOfKey(keys.keys[i]) == access::IdentityKind::kTimed;
    if (multiset && now > count) passed.Add(keys.keys[i], now - count);
  }
  base::Status done = Write(Book::kCounted, section, std::move(counted), *candidates);
  if (done) done = Write(Book::kPassed, section, std::move(passed), *candidates);
  if (!done) return std::unexpected(done.error());
  return admitted;
}

base::Result<std::vector<Ledger::StoredRun>> Ledger::Candidates(const Evidence& evidence, const Section& section) {
  Section wanted = section;
  if (evidence.has_events() && section.lane == kTimedLane && section.slab != kUntimedSlab) {
    wanted.low -= kEventToleranceNs;
    wanted.high += kEventToleranceNs;
  }
  std::vector<StoredRun> found;
  base::Status done = FindRuns(Book::kCounted, wanted, found);
  if (done && has_passed_) done = FindRuns(Book::kPassed, wanted, found);
  if (!done) return std::unexpected(done.error());
  return found;
}

base::Status Ledger::FindRuns(Book book, const Section& wanted, std::vector<StoredRun>& found) {
  const bool timed = wanted.lane == kTimedLane && wanted.slab != kUntimedSlab;
  Statement& query = database_.Query(book == Book::kCounted ? "find_key_runs" : "find_passed_runs");
  query.Bind(1, wanted.lane);
  query.Bind(2, timed ? wanted.low / kDayNs : wanted.slab).Bind(3, timed ? wanted.high / kDayNs : wanted.slab);
  query.Bind(4, wanted.low).Bind(5, wanted.high);
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    found.push_back({book, query.Integer(0), query.Integer(1), query.Integer(2), query.Integer(3),
                     static_cast<std::uint64_t>(query.Integer(4)),
                     book == Book::kPassed ? import_id_ : query.Integer(5)});
  }
  query.Reset();
  return {};
}

base::Result<const KeyRun*> Ledger::Load(const StoredRun& run) {
  for (auto cached = cache_.rbegin(); cached != cache_.rend(); ++cached) {
    if (cached->id == run.id && cached->book == run.book) return &cached->run;
  }
  Statement& query = database_.Query(run.book == Book::kCounted ? "load_key_run" : "load_passed_run");
  const base::Result<bool> row = query.Bind(1, run.id).Step();
  if (!row) return std::unexpected(row.error());
  KeyRun loaded;
  if (*row) loaded = FromBytes(query.Bytes(0), query.Bytes(1));
  query.Reset();
  Remember(run.book, run.id, std::move(loaded));
  return &cache_.back().run;
}

void Ledger::Remember(Book book, std::int64_t id, KeyRun run) {
  cached_keys_ += run.size();
  cache_.push_back({book, id, std::move(run)});
  while (cache_.size() > 1 && cached_keys_ > max_cached_keys_) {
    cached_keys_ -= cache_.front().run.size();
    cache_.pop_front();
  }
}

base::Result<bool> Ledger::Compare(const KeyRun& keys, const std::vector<StoredRun>& runs, Prior& prior) {
  bool met = false;
  for (const StoredRun& run : runs) {
    const base::Result<const KeyRun*> loaded = Load(run);
    if (!loaded) return std::unexpected(loaded.error());
    matches_.clear();
    FindMatches(keys, **loaded, matches_);
    if (matches_.empty()) continue;
    if (!met) {
      prior.by_us.assign(keys.size(), 0);
      prior.by_others.assign(keys.size(), 0);
      met = true;
    }
    std::vector<std::uint32_t>& counts = run.import_id == import_id_ ? prior.by_us : prior.by_others;
    for (const Match match : matches_) counts[match.left] += (*loaded)->CountAt(match.right);
  }
  return met;
}

base::Status Ledger::Write(Book book, const Section& section, KeyRun run, const std::vector<StoredRun>& candidates) {
  if (run.size() == 0) return {};
  if (book == Book::kPassed && !has_passed_) {
    if (base::Status done = database_.RunScript("create_passed_runs"); !done) return done;
    has_passed_ = true;
  }
  std::int64_t low = section.low;
  std::int64_t high = section.high;
  for (auto old = candidates.rbegin(); old != candidates.rend(); ++old) {
    const bool ours = old->import_id == import_id_ && old->book == book && old->slab == section.slab;
    if (!ours || !ShouldJoin(run.size(), low, high, old->size, old->low, old->high)) continue;
    const base::Result<const KeyRun*> loaded = Load(*old);
    if (!loaded) return std::unexpected(loaded.error());
    run = Merge(**loaded, run);
    low = std::min(low, old->low);
    high = std::max(high, old->high);
    if (base::Status done = Remove(*old); !done) return done;
  }
  Statement& insert = database_.Query(book == Book::kCounted ? "insert_key_run" : "insert_passed_run");
  insert.Bind(1, import_id_).Bind(2, section.lane).Bind(3, section.slab).Bind(4, low).Bind(5, high);
  insert.Bind(6, static_cast<std::int64_t>(run.size())).BindBlob(7, KeyBytes(run));
  if (!run.counts.empty()) insert.BindBlob(8, CountBytes(run));
  if (base::Status done = insert.Run(); !done) return done;
  Remember(book, database_.LastRowId(), std::move(run));
  return {};
}

base::Status Ledger::Remove(const StoredRun& run) {
  return database_.Query(run.book == Book::kCounted ? "delete_key_run" : "delete_passed_run").Bind(1, run.id).Run();
}

}  // namespace sbtune::store
