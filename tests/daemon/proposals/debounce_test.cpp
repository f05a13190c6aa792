#include "daemon/proposals/debounce.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sbtune::proposals;

namespace {

constexpr Pace kPace{.quiet_ns = 20, .spacing_ns = 300};

Marks Denials(std::int64_t number) { return {.denials = number}; }

// A proposal made from Denials(1) in no time, at 0.
Debounce Current() {
  Debounce debounce;
  CHECK(Look(debounce, Denials(1), 0, kPace) == Step::kMake);
  Made(debounce, Denials(1), 0, 0);
  return debounce;
}

}  // namespace

TEST_CASE("a proposal is made again when what it depends on has rested") {
  struct Row {
    std::int64_t now_ns;
    Marks marks;
    Step step;
  };
  Debounce debounce = Current();
  for (const Row& row : {
           Row{10, Denials(1), Step::kRest},
           Row{1000, Denials(2), Step::kWait},  // the first change
           Row{1010, Denials(2), Step::kWait},
           Row{1019, Denials(3), Step::kWait},  // another one begins the rest anew
           Row{1021, Denials(3), Step::kWait},
           Row{1038, Denials(3), Step::kWait},
           Row{1039, Denials(3), Step::kMake},
       }) {
    CAPTURE(row.now_ns);
    CHECK(Look(debounce, row.marks, row.now_ns, kPace) == row.step);
  }
}

TEST_CASE("each of denials, decisions and files counts") {
  for (const Marks& changed : {Marks{.denials = 2}, Marks{.denials = 1, .decisions = 1}, Marks{.denials = 1, .files = "x"}}) {
    Debounce debounce = Current();
    CHECK(Look(debounce, changed, 100, kPace) == Step::kWait);
    CHECK(Look(debounce, changed, 120, kPace) == Step::kMake);
    Made(debounce, changed, 120, 120);
    CHECK(Look(debounce, changed, 121, kPace) == Step::kRest);
  }
}

TEST_CASE("denials that never rest give a proposal a spacing, no more") {
  Debounce debounce = Current();
  std::vector<std::int64_t> made;
  for (std::int64_t now = 1; now <= 1300; ++now) {
    if (Look(debounce, Denials(now + 1), now, kPace) != Step::kMake) continue;
    made.push_back(now);
    Made(debounce, Denials(now + 1), now, now);
  }
  CHECK(made == std::vector<std::int64_t>{301, 602, 903, 1204});
}

TEST_CASE("a change that is taken back needs nothing") {
  Debounce debounce = Current();
  CHECK(Look(debounce, {.denials = 1, .files = "edited"}, 100, kPace) == Step::kWait);
  CHECK(Look(debounce, Denials(1), 105, kPace) == Step::kRest);
  CHECK(Look(debounce, {.denials = 1, .files = "edited"}, 1000, kPace) == Step::kWait);
  CHECK(Look(debounce, {.denials = 1, .files = "edited"}, 1020, kPace) == Step::kMake);
}

TEST_CASE("a computation that took long is followed by a pause three times as long") {
  Debounce debounce = Current();
  CHECK(Look(debounce, Denials(2), 100, kPace) == Step::kWait);
  CHECK(Look(debounce, Denials(2), 120, kPace) == Step::kMake);
  Made(debounce, Denials(2), 120, 170);
  CHECK(Look(debounce, Denials(3), 171, kPace) == Step::kWait);
  CHECK(Look(debounce, Denials(3), 319, kPace) == Step::kWait);
  CHECK(Look(debounce, Denials(3), 320, kPace) == Step::kMake);
}

TEST_CASE("what changed while it was made counts as a change") {
  Debounce debounce = Current();
  CHECK(Look(debounce, Denials(2), 100, kPace) == Step::kWait);
  CHECK(Look(debounce, Denials(3), 110, kPace) == Step::kWait);
  Made(debounce, Denials(2), 110, 110);
  CHECK(Look(debounce, Denials(3), 120, kPace) == Step::kWait);
  CHECK(Look(debounce, Denials(3), 140, kPace) == Step::kMake);
}

TEST_CASE("what failed is tried again after the spacing, the first time too") {
  Debounce debounce;
  CHECK(Look(debounce, Denials(1), 0, kPace) == Step::kMake);
  Failed(debounce, 5, kPace);
  CHECK(Look(debounce, Denials(1), 304, kPace) == Step::kWait);
  CHECK(Look(debounce, Denials(1), 305, kPace) == Step::kMake);
}
