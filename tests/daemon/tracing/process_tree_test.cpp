#include "daemon/tracing/process_tree.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "daemon/tracing/process_table.h"

using namespace sbtune::tracing;

namespace {
using Table = std::vector<ProcessSighting>;
}

TEST_CASE("children and their children belong to the tree, in whatever order the table has them") {
  ProcessTree tree(100, 10);
  tree.Observe(Table{{102, 101, 7}, {101, 100, 6}, {100, 50, 5}, {50, 1, 1}, {60, 1, 2}}, 20);
  CHECK(tree.WasMember(100, 15) == Membership::kYes);
  CHECK(tree.WasMember(101, 15) == Membership::kYes);
  CHECK(tree.WasMember(102, 20) == Membership::kYes);
  CHECK(tree.WasMember(60, 20) == Membership::kNo);
  CHECK(tree.WasMember(999, 20) == Membership::kUnknown);
  CHECK(tree.alive() == 3);
}

TEST_CASE("an orphan stays, whoever its parent is now") {
  ProcessTree tree(100, 10);
  tree.Observe(Table{{100, 50, 5}, {101, 100, 6}}, 20);
  tree.Observe(Table{{101, 1, 6}}, 30);
  CHECK(tree.WasMember(101, 40) == Membership::kYes);
  CHECK(tree.WasMember(100, 40) == Membership::kUnknown);
  tree.Observe(Table{{101, 1, 6}, {103, 101, 9}}, 50);
  CHECK(tree.WasMember(103, 50) == Membership::kYes);
}

TEST_CASE("a number that was given to another process is not ours any more") {
  ProcessTree tree(100, 10);
  tree.Observe(Table{{100, 50, 5}, {101, 100, 6}}, 20);
  tree.Observe(Table{{100, 50, 5}, {101, 60, 8}, {60, 1, 2}}, 30);
  CHECK(tree.WasMember(101, 19) == Membership::kYes);
  CHECK(tree.WasMember(101, 25) == Membership::kUnknown);  // somewhere there it changed hands
  CHECK(tree.WasMember(101, 35) == Membership::kNo);
  // And back again, to a child of ours.
  tree.Observe(Table{{100, 50, 5}, {101, 100, 9}}, 40);
  CHECK(tree.WasMember(101, 45) == Membership::kYes);
}

TEST_CASE("a tag proves what no snapshot showed") {
  ProcessTree tree(100, 10);
  tree.Observe(Table{{100, 50, 5}}, 20);
  tree.Confirm(150, 25);  // lived between two looks
  CHECK(tree.WasMember(150, 26) == Membership::kYes);
  CHECK(tree.WasMember(150, 19) == Membership::kUnknown);
  // One whose parent was gone before it was seen, and which was taken for somebody else.
  tree.Observe(Table{{100, 50, 5}, {170, 1, 9}}, 30);
  CHECK(tree.WasMember(170, 30) == Membership::kNo);
  tree.Confirm(170, 31);
  CHECK(tree.WasMember(170, 30) == Membership::kYes);
  tree.Observe(Table{{100, 50, 5}, {170, 1, 9}, {171, 170, 10}}, 40);
  CHECK(tree.WasMember(171, 40) == Membership::kYes);
  tree.Observe(Table{{100, 50, 5}, {170, 1, 12}}, 50);
  CHECK(tree.WasMember(170, 55) == Membership::kNo);
}

TEST_CASE("random lives: what the tree says is never wrong, only unknown where snapshots are too far apart") {
  std::mt19937 random(7);
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int round = 0; round < 200; ++round) {
    struct Process {
      ProcessSighting sighting;
      bool ours;
      std::int64_t begin, end;  // end: INT64_MAX while it lives
    };
    std::vector<Process> all = {{{10, 1, 1}, true, 0, INT64_MAX}, {{11, 1, 1}, false, 0, INT64_MAX}};
    ProcessTree tree(10, 0);
    std::uint64_t start = 1;
    std::size_t wrong_seen = 0;
    const auto table = [&] {
      Table sightings;
      for (const Process& process : all) {
        if (process.end == INT64_MAX) sightings.push_back(process.sighting);
      }
      std::shuffle(sightings.begin(), sightings.end(), random);
      return sightings;
    };
    tree.Observe(table(), 1);
    for (std::int64_t time = 2; time < 60; ++time) {
      std::vector<Process*> alive;
      for (Process& process : all) {
        if (process.end == INT64_MAX) alive.push_back(&process);
      }
      Process& one = *alive[below(alive.size())];
      if (below(3) == 0 && alive.size() > 2 && one.sighting.pid > 11) {
        one.end = time;
        for (Process* other : alive) {
          if (other->sighting.parent == one.sighting.pid) other->sighting.parent = 1;
        }
      } else {
        // A small pool of numbers, so that they are used again.
        std::int64_t pid = 12 + static_cast<std::int64_t>(below(6));
        const bool taken = std::any_of(alive.begin(), alive.end(), [&](const Process* other) { return other->sighting.pid == pid; });
        if (!taken) all.push_back({{pid, one.sighting.pid, ++start}, one.ours, time, INT64_MAX});
      }
      // A snapshot after each change: nothing can be missed.
      tree.Observe(table(), time);
      for (const Process& process : all) {
        if (process.end != INT64_MAX || process.begin == time) continue;
        const Membership said = tree.WasMember(process.sighting.pid, time);
        wrong_seen += said == (process.ours ? Membership::kNo : Membership::kYes);
        CHECK(tree.WasMember(process.sighting.pid, time + 1) == (process.ours ? Membership::kYes : Membership::kNo));
      }
    }
    CHECK(wrong_seen == 0);
  }
}

TEST_CASE("the system's own table shows a child of ours") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const std::vector<ProcessSighting> table = SystemProcessTable()->Read();
  const auto found = std::find_if(table.begin(), table.end(), [&](const ProcessSighting& one) { return one.pid == child; });
  REQUIRE(found != table.end());
  CHECK(found->parent == ::getpid());
  CHECK(found->start > 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}
