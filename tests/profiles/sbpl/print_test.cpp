#include "profiles/sbpl/print.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/support/loading.h"

using namespace sbtune;

namespace {

// A random profile of one rule, as text.
class RandomRule {
 public:
  explicit RandomRule(unsigned seed) : random_(seed) {}

  std::string Text() {
    std::string text = Pick(2) == 0 ? "(allow" : "(deny";
    for (int i = Pick(3); i >= 0; --i) text += Pick(2) == 0 ? " file-read*" : " file-write-data";
    for (int i = Pick(4); i > 0; --i) text += " " + Filter(3);
    if (Pick(4) == 0) text += " (with message " + String() + ")";
    if (Pick(4) == 0) text += " (with telemetry)";
    return text + ")";
  }

 private:
  int Pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  std::string String() {
    std::string text = "\"/";
    for (int i = Pick(8); i > 0; --i) {
      const char* const pieces[] = {"a", "B", "/x", "\\\"", "\\\\", "\\n", "\\x7f", " ", ".", "é", ")", "(", ";"};
      text += pieces[Pick(13)];
    }
    return text + "e\"";
  }

  std::string Filter(int depth) {
    switch (Pick(depth > 0 ? 8 : 5)) {
      case 0: return "(literal " + String() + " " + String() + ")";
      case 1: return "(subpath " + String() + ")";
      case 2: return "(vnode-type DIRECTORY 1)";
      case 3: return "(file-mode #o0004)";
      case 4: return "(extension)";
      case 5: return "(require-not " + Filter(depth - 1) + ")";
      case 6: return "(require-all " + Filter(depth - 1) + " " + Filter(depth - 1) + ")";
      default: return "(require-any " + Filter(depth - 1) + ")";
    }
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("What is printed evaluates to the same rule") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const std::string text = RandomRule(seed).Text();
    CAPTURE(text);
    const sbpl::LoadResult first = test::Load("(version 1)" + text);
    REQUIRE(test::Said(first) == "");
    const std::string printed = sbpl::Print(first.profile.rules.at(0));
    const sbpl::LoadResult second = test::Load("(version 1)" + printed);
    REQUIRE(test::Said(second) == "");
    CHECK(sbpl::Print(second.profile.rules.at(0)) == printed);
  }
}
