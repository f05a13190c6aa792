#include "profiles/sbpl/edit/line_ends.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sbtune;
using namespace sbtune::sbpl;

TEST_CASE("the lead of a line is its blanks, when nothing else comes before") {
  CHECK(LineLead("  (a)", 2) == "  ");
  CHECK(LineLead("x\n\t(a)", 3) == "\t");
  CHECK(LineLead("(a)", 0) == "");
  CHECK_FALSE(LineLead("(a (b))", 3).has_value());
}

TEST_CASE("the end of a line is before its line break, or the end of the text") {
  CHECK(LineEnd("ab\ncd", 0) == 2);
  CHECK(LineEnd("ab\r\ncd", 0) == 2);
  CHECK(LineEnd("ab\r\ncd", 2) == 2);
  CHECK(LineEnd("ab\ncd", 3) == 5);
  CHECK(LineEnd("", 0) == 0);
}

TEST_CASE("a comment follows when only blanks stand before it") {
  CHECK(CommentFollows("(a) ; b", 3));
  CHECK(CommentFollows("(a)#! b", 3));
  CHECK_FALSE(CommentFollows("(a) (b) ; c", 3));
  CHECK_FALSE(CommentFollows("(a)\n; b", 3));
  CHECK_FALSE(CommentFollows("(a)", 3));
}

TEST_CASE("a new form goes behind the line on which a form ends, or behind the next form when that begins there") {
  const std::string_view text = "(a) (b\n) ; c\n(d)";
  const std::vector<base::SourceRange> forms = {{0, 0, 3}, {0, 4, 4}, {0, 13, 3}};
  CHECK(LineEndBehindForm(text, forms, 0) == 12);
  CHECK(LineEndBehindForm(text, forms, 1) == 12);
  CHECK(LineEndBehindForm(text, forms, 2) == 16);
}

TEST_CASE("a blank line is one that holds blanks only") {
  CHECK(HasBlankLine("\n\n"));
  CHECK(HasBlankLine(" \r\n \t\r\n"));
  CHECK_FALSE(HasBlankLine("\n"));
  CHECK_FALSE(HasBlankLine("\n; c\n"));
  CHECK_FALSE(HasBlankLine(""));
}
