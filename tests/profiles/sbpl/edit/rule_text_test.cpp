#include "profiles/sbpl/edit/rule_text.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sbtune;
using namespace sbtune::sbpl;

namespace {

Filter Path(std::string path) { return {"path", "literal", {{std::move(path), "", {}}}, {}, {}}; }

}  // namespace

TEST_CASE("filters are written in their own words, or in those that the file uses") {
  Words words;
  CHECK(*FilterText(Path("/a \"b\""), words) == R"((literal "/a \"b\""))");
  const Filter both{"require-all", "", {}, {Path("/a"), {"signal-number", "", {{std::int64_t{15}, "", {}}}, {}, {}}}, {}};
  CHECK(*FilterText(both, words) == "(require-all (literal \"/a\") (signal-number 15))");
  const Filter remote{"remote", "remote", {{std::int64_t{3}, "ip", {}}, {std::string("*:443"), "", {}}}, {}, {}};
  CHECK(*FilterText(remote, words) == "(remote ip \"*:443\")");
  words.filters["path"] = "path";
  words.operations["process-exec*"] = "process-exec";
  CHECK(*FilterText(Path("/a"), words) == "(path \"/a\")");
  CHECK(RuleHead(access::Action::kAllow, std::vector<std::string>{"process-exec*", "file-read-data"}, words) ==
        "(allow process-exec file-read-data");
}

TEST_CASE("a filter whose argument no literal can carry is refused with the reason") {
  CHECK(FilterText(Path("/${X}"), {}).error().message == "\"${\" would be read as a variable inside a profile");
}
