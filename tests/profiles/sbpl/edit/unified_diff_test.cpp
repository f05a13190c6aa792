#include "profiles/sbpl/edit/unified_diff.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/support/command.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using namespace sbtune::sbpl;

namespace {

std::string Diff(std::string_view before, std::vector<TextEdit> edits) { return UnifiedDiff("p.sb", before, edits); }

// Runs a patching program over the file and returns the bytes that it leaves.
std::string Patched(const std::vector<std::string>& program, std::string_view name, std::string_view before,
                    const std::string& diff) {
  const test::TempFolder folder;
  test::WriteFile(folder / std::string(name), before);
  const test::CommandResult done = test::RunCommand(program, {.folder = folder.path(), .input = diff});
  CAPTURE(diff);
  CAPTURE(done.out);
  CAPTURE(done.err);
  CHECK(done.exit_code == 0);
  return test::ReadFile(folder / std::string(name));
}

const std::vector<std::string> kPatch = {"patch", "-p0", "--batch", "--quiet"};
const std::vector<std::string> kGit = {"git", "apply", "-p0", "--whitespace=nowarn", "-"};

std::string RandomText(std::mt19937& random) {
  static constexpr std::string_view kPieces[] = {"a", "b", "\n", "\n", "\r\n", "; c", " ", "\xff"};
  std::string text;
  for (auto length = random() % 80; length > 0; --length) text += kPieces[random() % std::size(kPieces)];
  return text;
}

std::vector<TextEdit> RandomEdits(std::mt19937& random, std::size_t size) {
  std::vector<TextEdit> edits;
  std::uint32_t at = 0;
  for (auto count = 1 + random() % 4; count > 0 && at <= size; --count) {
    const auto offset = static_cast<std::uint32_t>(at + random() % (size - at + 1));
    const auto length = static_cast<std::uint32_t>(random() % std::min<std::size_t>(size - offset + 1, 4));
    edits.push_back({offset, length, RandomText(random).substr(0, random() % 6)});
    at = offset + length + 1;
  }
  return edits;
}

}  // namespace

TEST_CASE("a diff has its headers, three lines of context and counts as patch wants them") {
  const std::string before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
  CHECK(Diff(before, {{10, 0, "new\n"}}) ==
        "--- p.sb\n+++ p.sb\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+new\n 6\n 7\n 8\n");
  CHECK(Diff(before, {{0, 0, "a\n"}, {27, 0, "z\n"}}) ==
        "--- p.sb\n+++ p.sb\n@@ -1,3 +1,4 @@\n+a\n 1\n 2\n 3\n@@ -10,3 +11,4 @@\n 10\n 11\n 12\n+z\n");
  CHECK(Diff(before, {{1, 0, "x"}, {15, 0, "y"}}) ==
        "--- p.sb\n+++ p.sb\n@@ -1,11 +1,11 @@\n-1\n+1x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+8y\n 9\n 10\n 11\n");
  CHECK(Diff("one", {{3, 0, "!"}}) ==
        "--- p.sb\n+++ p.sb\n@@ -1 +1 @@\n-one\n\\ No newline at end of file\n+one!\n\\ No newline at end of file\n");
  CHECK(Diff("", {{0, 0, "a\nb\n"}}) == "--- p.sb\n+++ p.sb\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  CHECK(Diff("a\nb\n", {{0, 4, ""}}) == "--- p.sb\n+++ p.sb\n@@ -1,2 +0,0 @@\n-a\n-b\n");
}

TEST_CASE("edits that change nothing give no diff") {
  CHECK(Diff("a\nb\n", {}).empty());
  CHECK(Diff("a\nb\n", {{0, 1, "a"}, {2, 2, "b\n"}}).empty());
}

TEST_CASE("a text appended after a last line without newline marks both sides") {
  CHECK(Diff("a\nb", {{3, 0, "\nc"}}) ==
        "--- p.sb\n+++ p.sb\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n"
        "\\ No newline at end of file\n");
}

TEST_CASE("file names of every kind reach patch and git") {
  struct Row {
    std::string_view name;
    std::string_view shown;
  };
  for (const Row& row : {Row{"p.sb", "p.sb"}, Row{"folder/p.sb", "folder/p.sb"}, Row{"my file.sb", "my file.sb\t"},
                         Row{"a b/c d.sb", "a b/c d.sb\t"}, Row{"q\"x.sb", R"("q\"x.sb")"}, Row{"b\\x.sb", R"("b\\x.sb")"},
                         Row{"n\nx.sb", R"("n\nx.sb")"}, Row{"e\x1b.sb", R"("e\033.sb")"},
                         Row{"u\xc3\xbc.sb", R"("u\303\274.sb")"}, Row{" x.sb", R"(" x.sb")"}, Row{"x ", R"("x ")"},
                         Row{"x 2024-01-01.sb", "x 2024-01-01.sb\t"}}) {
    CAPTURE(row.name);
    CHECK(DiffName(row.name) == row.shown);
    const std::vector<TextEdit> edits = {{2, 0, "new\n"}};
    const std::string diff = UnifiedDiff(row.name, "a\nb\n", edits);
    CHECK(Patched(kPatch, row.name, "a\nb\n", diff) == "a\nnew\nb\n");
    CHECK(Patched(kGit, row.name, "a\nb\n", diff) == "a\nnew\nb\n");
  }
}

TEST_CASE("a name without folders needs no option of git apply") {
  const std::string diff = Diff("a\nb\n", {{2, 0, "new\n"}});
  CHECK(Patched({"git", "apply", "-"}, "p.sb", "a\nb\n", diff) == "a\nnew\nb\n");
}

TEST_CASE("several files in one diff are patched each") {
  const test::TempFolder folder;
  test::WriteFile(folder / "a.sb", "1\n");
  test::WriteFile(folder / "b c.sb", "2");
  const std::string diff = UnifiedDiff("a.sb", "1\n", std::vector<TextEdit>{{0, 0, "x\n"}}) +
                           UnifiedDiff("b c.sb", "2", std::vector<TextEdit>{{1, 0, "\ny"}});
  CHECK(test::RunCommand(kPatch, {.folder = folder.path(), .input = diff}).exit_code == 0);
  CHECK(test::ReadFile(folder / "a.sb") == "x\n1\n");
  CHECK(test::ReadFile(folder / "b c.sb") == "2\ny");
}

TEST_CASE("whatever the text and the edits, patch and git apply give what the edits give") {
  std::mt19937 random(20240817);
  for (int round = 0; round < 60; ++round) {
    const std::string before = RandomText(random) + RandomText(random);
    const std::vector<TextEdit> edits = RandomEdits(random, before.size());
    const std::string after = ApplyEdits(before, edits);
    const std::string diff = Diff(before, edits);
    CHECK(diff.empty() == (before == after));
    if (diff.empty() || before.empty() || after.empty()) continue;  // patch takes an emptied file away
    CHECK(Patched(kPatch, "p.sb", before, diff) == after);
    CHECK(Patched(kGit, "p.sb", before, diff) == after);
  }
}
