// Scripted dialogues: each file of tests/golden/review begins with the keys, then shows the whole screen after each.
#include "cli/review/dialogue.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <random>

#include "cli/review/screen.h"
#include "cli/review/typed_line.h"
#include "core/base/text.h"
#include "tests/support/golden.h"
#include "tests/support/shared_data.h"

using namespace sbtune;
using namespace sbtune::cli;

namespace {

Item Read() {
  return {{"file-read-data /opt/tool/a.7", "file-read-data /opt/tool/a.8", "file-read-data /opt/tool/a.9"},
          2,
          {{"exact", "exactly these denials", "low", "tool /opt/**", {}},
           {"shape", "allow file-read-data (regex #\"^/opt/tool/a\\.[0-9]+$\")", "low", "tool /opt/**",
            {"4 more paths of the tree for file-read-data"}}},
          {0, 1, 2}};
}

Item Lookup() {
  return {{"mach-lookup com.example.\x1b[31mred"}, 1, {{"exact", "allow mach-lookup (global-name \"com.example.\x1b[31mred\")", "medium", "", {}}}, {3}};
}

Item Secret() { return {{"file-read-data /Users/dev/.ssh/id"}, 1, {{"exact", "allow file-read-data (literal \"/Users/dev/.ssh/id\")", "ask", "", {}}}, {4}}; }

// "\n", "\e" and "\u" in a script stand for Enter, Escape and Ctrl-U.
char KeyAt(const std::string& keys, std::size_t& at) {
  if (keys[at] != '\\') return keys[at];
  ++at;
  return keys[at] == 'n' ? '\n' : keys[at] == 'u' ? '\x15' : '\x1b';
}

// What was typed is judged by its first letters.
void Judge(Dialogue& dialogue) {
  const std::string& typed = dialogue.typed();
  if (typed.starts_with("bad")) return dialogue.RefuseRule("it is \x1b[31mbad");
  Rung rung{"edited", "allow " + typed, "high", "user-data ~/**", {"what else the rule matches: it is yours"}};
  if (typed.starts_with("part")) rung.leaves = {"file-read-data /opt/tool/a.9"};
  if (typed.starts_with("grave")) rung.warning = "No suggestion would allow this.";
  dialogue.TakeRule(std::move(rung));
}

std::string Run(const std::string& keys) {
  Dialogue dialogue({Read(), Lookup(), Secret()});
  std::string transcript = keys + "\n\n" + View(dialogue);
  for (std::size_t at = 0; at < keys.size(); ++at) {
    const char key = KeyAt(keys, at);
    const Wish wish = dialogue.Press(key);
    if (wish == Wish::kDiff) dialogue.SetDiff("--- a.sb\n+++ a.sb\n");
    if (wish == Wish::kRule) Judge(dialogue);
    transcript += "\n> " + (key == '\n' ? "Enter" : key == '\x1b' ? "Escape" : key == '\x15' ? "Ctrl-U" : std::string(1, key)) + "\n" + View(dialogue);
  }
  return transcript;
}

}  // namespace

TEST_CASE("scripted dialogues show what they showed before") {
  std::size_t scripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SBTUNE_SOURCE_DIR "/tests/golden/review")) {
    const std::string text = test::ReadFile(entry.path().string());
    test::CheckGolden("review/" + entry.path().filename().string(), Run(text.substr(0, text.find('\n'))));
    ++scripts;
  }
  CHECK(scripts >= 6);
}

TEST_CASE("all below a risk are allowed at their narrowest width, and what needs the user's word never is") {
  for (const auto& [risk, allowed] : std::vector<std::pair<std::string, std::size_t>>{{"none", 0}, {"low", 1}, {"medium", 2}, {"severe", 2}}) {
    CAPTURE(risk);
    Dialogue dialogue({Read(), Lookup(), Secret()});
    dialogue.AllowUpTo(risk);
    for (std::size_t i = 0; i < 3; ++i) {
      CHECK((dialogue.choices()[i].answer == store::Answer::kAllow) == (i < allowed));
      CHECK(dialogue.choices()[i].rung == 0);
    }
    CHECK(dialogue.at() == allowed);
  }
}

TEST_CASE("undo after any keys leads back to where the dialogue began") {
  Dialogue dialogue({Read(), Lookup(), Secret()});
  const std::vector<Choice> fresh = dialogue.choices();
  for (const char key : std::string("wadno\nniyes\nvxjk aaa")) dialogue.Press(key);
  for (int i = 0; i < 30; ++i) dialogue.Press('u');
  CHECK(dialogue.choices() == fresh);
}

TEST_CASE("a dialogue without suggestions has finished") { CHECK(Dialogue({}).state() == State::kFinished); }

TEST_CASE("a line is edited in its middle, a character at a time, whatever its bytes") {
  struct Row {
    const char* keys;
    const char* text;
    std::size_t cursor;
  };
  const Row rows[] = {
      {"", "ab c\u00e9", 6},
      {"x", "ab c\u00e9x", 7},
      {"\x02x", "ab cx\u00e9", 5},
      {"\x02\x7fx", "ab x\u00e9", 4},
      {"\x7f", "ab c", 4},
      {"\x01x\x06y", "xayb c\u00e9", 3},
      {"\x01\x02\x7f\b", "ab c\u00e9", 0},
      {"\x01\x04\x04", " c\u00e9", 0},
      {"\x02\x04\x04\x06", "ab c", 4},
      {"\x02\x02\x0b", "ab ", 3},
      {"\x02\x15", "\u00e9", 0},
      {"\x17", "ab ", 3},
      {"\x17\x17\x17", "", 0},
      {"\x02\x17", "ab \u00e9", 3},
      {"\t\x1a\x10\x0e\x05z", "ab c\u00e9z", 7},
  };
  for (const Row& row : rows) {
    CAPTURE(row.keys);
    TypedLine line("ab c\u00e9");
    for (const char key : std::string(row.keys)) line.Press(key);
    CHECK(line.text() == row.text);
    CHECK(line.cursor() == row.cursor);
  }
}

TEST_CASE("any keys leave the cursor in the line and the line with its characters whole") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    TypedLine line;
    for (int step = 0; step < 60; ++step) {
      const auto byte = random() % 40;
      if (byte < 32) line.Press(static_cast<char>(byte));
      else for (const char one : std::string(byte < 36 ? "\u00e9" : "(")) line.Press(one);
      REQUIRE(line.cursor() <= line.text().size());
      REQUIRE(base::IsValidUtf8(line.text()));
      REQUIRE(base::IsValidUtf8(line.text().substr(line.cursor())));
    }
  }
}

TEST_CASE("an arrow or an editing key is known by its sequence, others mean nothing") {
  for (const char* up : {"[A", "OA"}) CHECK(KeyOf(up) == TypedLine::kUp);
  CHECK(KeyOf("[D") == TypedLine::kLeft);
  CHECK(KeyOf("[3~") == TypedLine::kDelete);
  for (const char* other : {"", "f", "[", "[15~", "[1;5C", "OP"}) CHECK(KeyOf(other) == '\0');
}

TEST_CASE("a terminal shows the cursor in the line that is typed, and nothing else beside the screen") {
  Dialogue dialogue({Lookup()});
  CHECK(ViewWithCursor(dialogue) == View(dialogue));
  for (const char key : std::string("dno\x1b")) dialogue.Press(key);
  CHECK(ViewWithCursor(dialogue) == View(dialogue));
  for (const char key : std::string("dn\u00e9!")) dialogue.Press(key);
  CHECK(ViewWithCursor(dialogue).ends_with("back) n\u00e9!\x1b[7m \x1b[27m\n"));
  for (const char key : std::string("\x02\x02")) dialogue.Press(key);
  CHECK(ViewWithCursor(dialogue).ends_with("back) n\x1b[7m\u00e9\x1b[27m!\n"));
}

TEST_CASE("arrows move between suggestions and widths") {
  Dialogue dialogue({Read(), Lookup(), Secret()});
  dialogue.Press(TypedLine::kRight);
  CHECK(dialogue.choices()[0].rung == 1);
  dialogue.Press(TypedLine::kLeft);
  CHECK(dialogue.choices()[0].rung == 0);
  dialogue.Press(TypedLine::kDown);
  CHECK(dialogue.at() == 1);
  dialogue.Press(TypedLine::kUp);
  CHECK(dialogue.at() == 0);
}
