// What top knows and shows, without a terminal: keys and records in, whole screens out.
#include <clocale>

#include <doctest/doctest.h>

#include "cli/top/model.h"
#include "cli/top/text_fit.h"
#include "cli/top/view.h"
#include "tests/support/golden.h"

using namespace sbtune;
using namespace sbtune::top;

namespace {

protocol::LiveRecord Record(std::string process, std::string operation, std::optional<std::string> target) {
  protocol::LiveRecord record;
  record.process = std::move(process);
  record.operation = std::move(operation);
  record.target = std::move(target);
  return record;
}

void TakeTimes(Model& model, const protocol::LiveRecord& record, int times) {
  for (int i = 0; i < times; ++i) Take(model, record);
}

Effect Type(Model& model, std::string_view text) {
  Effect effect = Effect::kNone;
  for (const char c : text) effect = Press(model, {KeyKind::kText, std::string(1, c)});
  return effect;
}

// A minute of three programs; the last ten seconds belong to node.
Model Busy() {
  Model model;
  model.state = "live";
  Tick(model, 100);
  TakeTimes(model, Record("git", "file-read-data", "/Users/ada/src/project/.git/objects/pack/pack-0123456789abcdef.idx"), 1200);
  TakeTimes(model, Record("python3", "mach-lookup", "com.apple.SystemConfiguration.configd"), 30);
  Tick(model, 155);
  TakeTimes(model, Record("node", "network-outbound", "*:443"), 25);
  TakeTimes(model, Record("node", "process-fork", std::nullopt), 5);
  protocol::LiveRecord forged = Record("evil", "file-read-data", "/etc/\x1b[2Jpasswd\n");
  forged.provenance = access::Provenance::kUntrusted;
  Take(model, forged);
  Tick(model, 156);
  return model;
}

std::string Screen(Model& model, std::size_t columns, std::size_t rows) {
  std::string text;
  const std::vector<Line> lines = Draw(model, columns, rows);
  CHECK(lines.size() == rows);
  for (const Line& line : lines) {
    CHECK(Columns(line.text) == columns);
    text += (line.style == Style::kSelected ? ">" : "|") + line.text + "|\n";
  }
  return text;
}

}  // namespace

TEST_CASE("screens of 80x24 and 40x10") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  Model model = Busy();
  test::CheckGolden("top/80x24.txt", Screen(model, 80, 24));
  test::CheckGolden("top/40x10.txt", Screen(model, 40, 10));
  Press(model, {KeyKind::kDown});
  Press(model, {KeyKind::kDown});
  Type(model, "as");
  model.detail = {"rule that lets it pass: (literal \"/x\")", "deny (by agent.sb:2)", "and more"};
  test::CheckGolden("top/80x24-detail.txt", Screen(model, 80, 24));
  model.detail.clear();
  Type(model, "/NO");
  test::CheckGolden("top/40x10-filter.txt", Screen(model, 40, 10));
}

TEST_CASE("rates are the mean of the last ten seconds and fade, counts stay") {
  Model model;
  Tick(model, 1000);
  TakeTimes(model, Record("a", "x", "1"), 50);
  CHECK(Rows(model)[0].rate == 5.0);
  Tick(model, 1009);
  CHECK(Rows(model)[0].rate == 5.0);
  Tick(model, 1010);
  CHECK(Rows(model)[0].rate == 0.0);
  CHECK(Rows(model)[0].count == 50);
  TakeTimes(model, Record("a", "x", "1"), 10);
  CHECK(Rows(model)[0].rate == 1.0);
}

TEST_CASE("duplicates count as often as they say, allows not at all, and who speaks keeps groups apart") {
  Model model;
  protocol::LiveRecord record = Record("a", "x", "1");
  Take(model, record);
  record.kind = access::RecordKind::kDuplicate;
  record.duplicates = 7;
  Take(model, record);
  record.action = access::Action::kAllow;
  Take(model, record);
  protocol::LiveRecord forged = Record("a", "x", "1");
  forged.provenance = access::Provenance::kUntrusted;
  Take(model, forged);
  REQUIRE(Rows(model).size() == 2);
  CHECK(Rows(model)[0].count == 8);
  CHECK(Rows(model)[1].count == 1);
  CHECK(model.occurrences == 9);
}

TEST_CASE("the filter takes parts of process, operation and target in any case, as it is typed") {
  Model model = Busy();
  Type(model, "/CONFIGD");
  REQUIRE(Rows(model).size() == 1);
  CHECK(Rows(model)[0].key.process == "python3");
  for (int i = 0; i < 7; ++i) Press(model, {KeyKind::kBackspace});
  CHECK(Rows(model).size() == 5);
  Type(model, "node");
  CHECK(Rows(model).size() == 2);
  CHECK(Press(model, {KeyKind::kEnter}) == Effect::kNone);  // keeps the filter
  CHECK(Rows(model).size() == 2);
  CHECK(Type(model, "q") == Effect::kQuit);
  Type(model, "/q");
  CHECK(model.filter == "nodeq");
  Press(model, {KeyKind::kEscape});
  CHECK(Rows(model).size() == 5);
}

TEST_CASE("while paused nothing moves, and nothing is lost") {
  Model model = Busy();
  const std::vector<Row> before = Rows(model);
  Type(model, "p");
  TakeTimes(model, Record("new", "y", "2"), 5000);
  CHECK(Rows(model) == before);
  Type(model, "p");
  CHECK(Rows(model)[0].key.process == "new");
  CHECK(Rows(model)[0].count == 5000);
}

TEST_CASE("accepted groups are remembered, ignored ones go out of sight and can be had back") {
  Model model = Busy();
  Type(model, "a");
  CHECK(model.note == "select a group first, with the arrow keys");
  Press(model, {KeyKind::kDown});
  const GroupKey first = *model.selected;
  Type(model, "a");
  CHECK(Accepted(model) == std::vector<GroupKey>{first});
  Type(model, "a");
  CHECK(Accepted(model).empty());
  Type(model, "i");
  CHECK(Rows(model).size() == 4);
  Type(model, "/-");
  REQUIRE(Rows(model).size() == 1);
  CHECK(Rows(model)[0].key == first);
}

TEST_CASE("the selection follows its group when the order changes, and scrolls into sight") {
  Model model;
  for (int i = 0; i < 100; ++i) TakeTimes(model, Record("p", "op", std::to_string(i)), 100 - i);
  for (int i = 0; i < 50; ++i) Press(model, {KeyKind::kDown});
  CHECK(model.selected->target == "49");
  std::string screen;
  for (const Line& line : Draw(model, 80, 10)) {
    if (line.style == Style::kSelected) screen = line.text;
  }
  CHECK(screen.find(" 49 ") != std::string::npos);
  TakeTimes(model, Record("p", "op", "49"), 1000);
  CHECK(Rows(model)[0].key == *model.selected);
  CHECK(Press(model, {KeyKind::kEnter}) == Effect::kExplain);
  Press(model, {KeyKind::kHome});
  CHECK(model.selected->target == "49");
  Press(model, {KeyKind::kEnd});
  CHECK(model.selected->target == "99");
}

TEST_CASE("a flood of names is bounded and said to be incomplete") {
  Model model;
  model.state = "live";
  for (std::size_t i = 0; i < kMostGroups + 10; ++i) Take(model, Record("p", "op", std::to_string(i)));
  CHECK(model.groups.size() == kMostGroups);
  CHECK(model.ungrouped == 10);
  CHECK(Draw(model, 80, 10)[0].text.starts_with("sbtune top  live  50,010 denials of 50,000 kinds  INCOMPLETE "));
}

TEST_CASE("text is cut by columns, not bytes, and no byte of it steers the terminal") {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  CHECK(Fit("/a/b", 6, Keep::kEnd) == "/a/b  ");
  CHECK(Fit("/aaa/bbb", 5, Keep::kEnd) == "…/bbb");
  CHECK(Fit("/aaa/bbb", 5, Keep::kBeginning) == "/aaa…");
  CHECK(Fit("日本語", 6, Keep::kEnd) == "日本語");
  CHECK(Fit("日本語", 5, Keep::kEnd) == "…本語");
  CHECK(Fit("日本語", 4, Keep::kEnd) == "…語 ");
  CHECK(Fit("a\x1b[31m\xff", 20, Keep::kBeginning) == "a\\e[31m\\xff         ");
  CHECK(Fit("x", 0, Keep::kEnd) == "");
}
