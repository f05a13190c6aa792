// Inputs that once broke the fuzz target stay mended.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/parsed.h"
#include "tests/support/shared_data.h"

namespace sbtune {

TEST_CASE("inputs that broke the fuzz target once give the same records in chunks of any size") {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(SBTUNE_SOURCE_DIR "/tests/fuzz/regressions/log_record")) {
    ++files;
    CAPTURE(entry.path().string());
    const std::string text = test::ReadFile(entry.path().string());
    const test::ParsedText whole = test::ParseText(text, text.size() + 1);
    for (const std::size_t size : {std::size_t{1}, std::size_t{13}, std::size_t{100}, text.size() / 2 + 1}) {
      const test::ParsedText cut = test::ParseText(text, size);
      CHECK(cut.records == whole.records);
      CHECK(cut.totals.lines == whole.totals.lines);
    }
  }
  CHECK(files >= 4);
}

}  // namespace sbtune
