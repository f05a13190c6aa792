#include "core/base/text.h"

#include <doctest/doctest.h>

#include <array>

using namespace sbtune::base;

TEST_CASE("terminal escapes, controls and bad bytes never survive escaping") {
  struct Row {
    std::string_view bytes;
    std::string_view shown;
  };
  for (const Row& row : {Row{"plain /path with space", "plain /path with space"}, Row{"a\x1b[31mb", "a\\e[31mb"},
                         Row{"tab\tnl\ncr\r", "tab\\tnl\\ncr\\r"}, Row{"\x7f", "\\x7f"}, Row{"\xff\xfe", "\\xff\\xfe"},
                         Row{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"}, Row{"\xc2\x9b" "2J", "\\xc2\\x9b2J"},
                         Row{"\xe2\x80\xae", "\\xe2\\x80\\xae"}, Row{"\xc0\x80", "\\xc0\\x80"},
                         Row{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, Row{"\xe2\x82", "\\xe2\\x82"}}) {
    CAPTURE(row.bytes);
    CHECK(EscapeForTerminal(row.bytes) == row.shown);
  }
}

TEST_CASE("invalid bytes become replacement characters in JSON text") {
  CHECK(ToValidUtf8("a\xff" "b") == "a\xef\xbf\xbd" "b");
  CHECK(IsValidUtf8("gr\xc3\xbc"));
  CHECK_FALSE(IsValidUtf8("\xf5\x80\x80\x80"));
}

TEST_CASE("a near name is offered, a far one is not") {
  const std::array<std::string_view, 3> names = {"file-read*", "file-write*", "mach-lookup"};
  CHECK(NearestName("file-raed*", names) == "file-read*");
  CHECK(NearestName("mach-lokup", names) == "mach-lookup");
  CHECK_FALSE(NearestName("xyz", names).has_value());
}

TEST_CASE("digits are grouped by thousands") {
  CHECK(GroupDigits(0) == "0");
  CHECK(GroupDigits(999) == "999");
  CHECK(GroupDigits(1000) == "1,000");
  CHECK(GroupDigits(1234567) == "1,234,567");
}
