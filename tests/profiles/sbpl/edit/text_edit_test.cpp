#include "profiles/sbpl/edit/text_edit.h"

#include <doctest/doctest.h>

using namespace sbtune::sbpl;

TEST_CASE("edits insert and replace by place and leave every other byte alone") {
  const std::string text = "(a)\r\n;c\n(b)";
  std::vector<TextEdit> edits = {{11, 0, "\n(d)"}, {3, 0, "X"}, {6, 1, ""}, {3, 0, "Y"}};
  SortEdits(edits);
  CHECK(ApplyEdits(text, edits) == "(a)XY\r\n;\n(b)\n(d)");
}

TEST_CASE("no edits give the same bytes") {
  CHECK(ApplyEdits("", {}).empty());
  CHECK(ApplyEdits("\n", {}) == "\n");
}
