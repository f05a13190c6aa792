#include "core/base/diagnostics.h"

#include <doctest/doctest.h>

using namespace sbtune::base;

TEST_CASE("a diagnostic shows the place, the line, a caret, the way there and a hint") {
  SourceMap sources;
  const SourceId id = sources.Add("profile.sb", "(version 1)\n(allow file-raed* (literal \"/etc\"))\n");
  const Diagnostic diagnostic{Severity::kError,   "unknown-operation",       "unknown operation 'file-raed*'",
                              {id, 19, 10},       "did you mean 'file-read*'?", {{{id, 0, 11}, "called from"}}};
  CHECK(Render(diagnostic, sources) ==
        "profile.sb:2:8: error: unknown operation 'file-raed*'\n"
        "  (allow file-raed* (literal \"/etc\"))\n"
        "         ^~~~~~~~~~\n"
        "  called from profile.sb:1:1\n"
        "  hint: did you mean 'file-read*'?\n");
}

TEST_CASE("a caret at the end of a text and in a very long line stays inside it") {
  SourceMap sources;
  const SourceId end = sources.Add("a", "(allow");
  CHECK(RenderCaret({end, 6, 0}, sources) == "  (allow\n        ^\n");
  const SourceId wide = sources.Add("b", std::string(5000, 'x'));
  const std::string shown = RenderCaret({wide, 2500, 3}, sources);
  CHECK(shown.size() < 500);
  CHECK(shown.find("^~~") != std::string::npos);
}

TEST_CASE("lines and columns count from one") {
  SourceMap sources;
  const SourceId id = sources.Add("p", "ab\ncd\n");
  CHECK(sources.Locate(id, 0) == LineColumn{1, 1});
  CHECK(sources.Locate(id, 4) == LineColumn{2, 2});
  CHECK(sources.Locate(id, 6) == LineColumn{3, 1});
  CHECK(sources.Where({id, 4, 1}) == "p:2:2");
}
