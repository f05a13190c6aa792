#include "sql/store/live_book.h"

#include <doctest/doctest.h>

#include "sql/store/key_run.h"
#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::store;

namespace {

std::vector<std::string> Recent(LiveBook& book, std::int64_t since_ns, std::uint64_t up_to_seq) {
  std::vector<std::string> blocks;
  REQUIRE(book.VisitRecent(since_ns, up_to_seq, [&](std::uint64_t first, std::uint64_t last, std::string_view lines) {
    blocks.push_back(std::to_string(first) + "-" + std::to_string(last) + " " + std::string(lines));
  }));
  return blocks;
}

}  // namespace

TEST_CASE("a cursor is kept for each source, and the newest wins") {
  test::StoreFixture fixture;
  LiveBook book(fixture.store(), "log"), other(fixture.store(), "other");
  CHECK(book.LoadCursor().value() == std::nullopt);
  REQUIRE(book.KeepCursor({5, "a"}, 100));
  REQUIRE(book.KeepCursor({4, ""}, 101));
  REQUIRE(other.KeepCursor({9, "z"}, 102));
  fixture.Reopen();
  LiveBook again(fixture.store(), "log");
  CHECK(again.LoadCursor().value() == Cursor{4, ""});
}

TEST_CASE("gaps are listed, settled and counted") {
  test::StoreFixture fixture;
  LiveBook book(fixture.store(), "log");
  const StoredGap first{1, 10, 20, "drop-marker", "pending", 0}, second{2, 30, 40, "queue-full", "pending", 7};
  CHECK(book.AddGap(first).value() == 1);
  CHECK(book.AddGap(second).value() == 2);
  CHECK(book.GapsWith("pending", 10).value() == std::vector<StoredGap>{first, second});
  REQUIRE(book.SettleGap(1, "backfilled"));
  CHECK(book.GapsWith("pending", 10).value() == std::vector<StoredGap>{second});
  CHECK(book.GapsSince(25, 10).value() == std::vector<StoredGap>{second});
  CHECK(book.GapsSince(0, 10).value().size() == 2);
  CHECK(book.CountGaps().value() == std::vector<GapCount>{{"backfilled", 1, 0}, {"pending", 1, 7}});
  CHECK(LiveBook(fixture.store(), "other").GapsSince(0, 10).value().empty());
}

TEST_CASE("only the newest records are kept one by one") {
  test::StoreFixture fixture;
  LiveBook book(fixture.store(), "log");
  CHECK(book.LastSeq().value() == 0);
  REQUIRE(book.AddRecent(1, 3, 100, "a\nb\nc\n", 5));
  REQUIRE(book.AddRecent(4, 6, 200, "d\ne\nf\n", 5));
  CHECK(Recent(book, 0, 100) == std::vector<std::string>{"1-3 a\nb\nc\n", "4-6 d\ne\nf\n"});
  CHECK(Recent(book, 150, 100) == std::vector<std::string>{"4-6 d\ne\nf\n"});
  CHECK(Recent(book, 0, 3) == std::vector<std::string>{"1-3 a\nb\nc\n"});
  REQUIRE(book.AddRecent(7, 9, 300, "g\nh\ni\n", 5));
  CHECK(Recent(book, 0, 100) == std::vector<std::string>{"4-6 d\ne\nf\n", "7-9 g\nh\ni\n"});
  CHECK(book.LastSeq().value() == 9);
}

TEST_CASE("hooks see which records count, and what they store is committed or lost with the records") {
  test::StoreFixture fixture;
  const auto event = [](std::uint64_t identity) {
    return test::WithIdentity(test::Denial("cat", "file-read-data", "/etc/hosts", test::kStart), access::IdentityKind::kEvent,
                              identity);
  };
  fixture.Import("a", {{event(1)}});
  LiveBook book(fixture.store(), "log");
  const Run run{.name = "b", .program = {}, .host = {}, .parameters = {}};
  std::optional<Import> import = Import::Into(fixture.store(), run, "log", 0);
  const auto commit = [&](const base::Status& verdict) {
    Evidence evidence;
    std::vector<Entry> scratch;
    evidence.Begin(1);
    for (std::uint64_t identity : {1, 2, 3, 2}) {
      const test::Record record = event(identity);
      access::RecordView view = record.view;
      view.process = record.process;
      view.operation = record.operation;
      view.target = record.target;
      evidence.Add(view);
    }
    evidence.Seal(scratch);
    std::vector<std::uint64_t> counted;
    Evidence* batch[] = {&evidence};
    const CommitHooks hooks{
        .on_admitted =
            [&](const Evidence& what, std::span<const std::uint8_t> is_new) {
              for (std::size_t i = 0; i < what.size(); ++i) {
                if (is_new.empty() || is_new[i] != 0) counted.push_back(what.entries()[i].key);
              }
            },
        .in_transaction =
            [&] {
              REQUIRE(book.KeepCursor({7, ""}, 0));
              return verdict;
            }};
    const base::Status done = import->Commit(batch, hooks);
    CHECK(done.has_value() == verdict.has_value());
    return counted.size();
  };
  CHECK(commit(base::Fail("no")) == 2);
  import = Import::Into(fixture.store(), run, "log", 0);
  CHECK(book.LoadCursor().value() == std::nullopt);
  CHECK(fixture.Groups().at(0).count == 1);
  CHECK(commit({}) == 2);
  CHECK(book.LoadCursor().value() == Cursor{7, ""});
  CHECK(fixture.Groups().at(0).count == 3);
}
