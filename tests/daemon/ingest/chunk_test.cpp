// Where chunks are cut never changes the records.
#include <doctest/doctest.h>

#include <random>

#include "tests/support/parsed.h"
#include "tests/support/shared_data.h"

namespace sbtune {
namespace {

std::string AllRows() {
  const auto path = test::SharedData("corpus/denials.tsv");
  if (!path) return {};
  std::string text;
  const auto rows = test::ReadTsv(*path);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string& raw = rows[i][3];
    for (std::size_t at = 0; at < raw.size(); ++at) {
      const bool escape = raw[at] == '\\' && at + 1 < raw.size() && (raw[at + 1] == 'n' || raw[at + 1] == 't');
      text += escape ? (raw[++at] == 'n' ? '\n' : '\t') : raw[at];
    }
    text += '\n';
  }
  return text;
}

void CheckAllSizes(const std::string& text) {
  const test::ParsedText whole = test::ParseText(text, text.size() + 1);
  CHECK(whole.chunks == 1);
  for (const std::size_t size : {1, 2, 7, 64, 100, 333, 1000, 4096, 10'000}) {
    CAPTURE(size);
    const test::ParsedText cut = test::ParseText(text, size);
    REQUIRE(cut.records.size() == whole.records.size());
    for (std::size_t i = 0; i < cut.records.size(); ++i) CHECK(cut.records[i] == whole.records[i]);
    CHECK(cut.totals.lines == whole.totals.lines);
    CHECK(cut.totals.records == whole.totals.records);
  }
}

}  // namespace

TEST_CASE("the recorded lines, joined, give the same records whatever the size of a chunk") {
  const std::string text = AllRows();
  if (text.empty()) {
    MESSAGE("skipped: no corpus");
    return;
  }
  CheckAllSizes(text);
}

}  // namespace sbtune
