#include "profiles/sbpl/edit/string_literal.h"

#include <doctest/doctest.h>

using namespace sbtune::sbpl;

TEST_CASE("a string literal keeps what is printable and escapes the rest") {
  struct Row {
    std::string_view bytes;
    std::string_view literal;
  };
  for (const Row& row : {Row{"", "\"\""},
                         Row{"/usr/lib/a b", "\"/usr/lib/a b\""},
                         Row{"a\"b", R"("a\"b")"},
                         Row{"a\\", R"("a\\")"},
                         Row{"\\\"", R"("\\\"")"},
                         Row{"a)(;b #\"", R"("a)(;b #\"")"},
                         Row{"a\nb\tc\rd", R"("a\nb\tc\rd")"},
                         Row{"\x1b[2J", R"("\x1b[2J")"},
                         Row{"\x01" "f", R"("\x01f")"},
                         Row{"\x7f", R"("\x7f")"},
                         Row{"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
                         Row{"\xff\xc3", R"("\xff\xc3")"},
                         Row{"\xe2\x82z", R"("\xe2\x82z")"},
                         Row{"\xe2\x80\xae", R"("\xe2\x80\xae")"},
                         Row{"\xc2\x9b", R"("\xc2\x9b")"},
                         Row{"$HOME $ {", R"("$HOME $ {")"}}) {
    CAPTURE(row.bytes);
    const auto literal = StringLiteral(row.bytes);
    REQUIRE(literal.has_value());
    CHECK(*literal == row.literal);
  }
}

TEST_CASE("bytes that no literal can carry are refused with the reason") {
  CHECK(StringLiteral(std::string_view("a\0b", 3)).error().message == "a NUL byte cannot be written in a profile");
  CHECK(StringLiteral("/tmp/${HOME}").error().message == "\"${\" would be read as a variable inside a profile");
}
