// Reading and editing property lists, hostile ones too.
#include "profiles/entitlements/property_list.h"

#include <doctest/doctest.h>

#include "profiles/entitlements/plist_edit.h"

using namespace sbtune;
using entitlements::Change;
using entitlements::EditPlist;
using entitlements::PropertyList;
using entitlements::Value;

namespace {

std::string Plist(const std::string& body) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
         "<plist version=\"1.0\">\n" +
         body + "\n</plist>\n";
}

std::string ErrorOf(std::string text) {
  const auto list = PropertyList::Parse(std::move(text));
  return list ? "" : list.error().message;
}

// The edited body, or the error.
std::string Edited(const std::string& body, const std::vector<Change>& changes) {
  const auto list = PropertyList::Parse(Plist(body));
  if (!list) return "error: " + list.error().message;
  const auto edit = EditPlist(*list, changes);
  if (!edit) return "error: " + edit.error().message;
  const std::string before = Plist("");
  return edit->text.substr(before.size() - 10, edit->text.size() - before.size());
}

std::string Repeat(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("an entitlements file is read with its keys and values") {
  const auto list = PropertyList::Parse(
      Plist("<dict>\n\t<key>a</key>\n\t<true/>\n\t<key>b</key><false/>\n\t<!-- <key>no</key> -->\n"
            "\t<key>c &amp; d</key>\n\t<array><string>x</string><string>y &lt;</string></array>\n"
            "\t<key>e</key><string>one</string>\n\t<key>f</key><dict><key>g</key><integer>1</integer></dict>\n</dict>"));
  REQUIRE(list.has_value());
  CHECK(list->values().size() == 5);
  CHECK(list->IsOn("a"));
  CHECK(!list->IsOn("b"));
  CHECK(list->Find("c & d")->strings == std::vector<std::string>{"x", "y <"});
  CHECK(list->Find("e")->strings == std::vector<std::string>{"one"});
  CHECK(list->Find("f")->kind == Value::Kind::kOther);
  CHECK(list->Find("no") == nullptr);
}

TEST_CASE("keys are added behind the others in the file's own layout, and nothing else changes") {
  struct Row {
    const char* before;
    std::vector<Change> changes;
    const char* after;
  };
  const Row rows[] = {
      {"<dict>\n\t<key>a</key>\n\t<true/>\n</dict>", {{.key = "k"}},
       "<dict>\n\t<key>a</key>\n\t<true/>\n\t<key>k</key>\n\t<true/>\n</dict>"},
      {"<dict>\n    <key>a</key>\n    <true/> <!-- why -->\n</dict>", {{.key = "k", .strings = {"x&y", "z"}}},
       "<dict>\n    <key>a</key>\n    <true/>\n    <key>k</key>\n    <array>\n    \t<string>x&amp;y</string>\n"
       "    \t<string>z</string>\n    </array> <!-- why -->\n</dict>"},
      {"<dict/>", {{.key = "k"}}, "<dict>\n\t<key>k</key>\n\t<true/>\n</dict>"},
      {"<dict>\n</dict>", {{.key = "k"}}, "<dict>\n\t<key>k</key>\n\t<true/>\n</dict>"},
      {"<dict>\n\t<key>k</key>\n\t<false/>\n</dict>", {{.key = "k"}}, "<dict>\n\t<key>k</key>\n\t<true/>\n</dict>"},
      {"<dict>\n\t<key>k</key>\n\t<array>\n\t\t<string>a</string>\n\t</array>\n</dict>", {{.key = "k", .strings = {"b"}}},
       "<dict>\n\t<key>k</key>\n\t<array>\n\t\t<string>a</string>\n\t\t<string>b</string>\n\t</array>\n</dict>"},
      {"<dict>\n\t<key>k</key>\n\t<array/>\n</dict>", {{.key = "k", .strings = {"b"}}},
       "<dict>\n\t<key>k</key>\n\t<array>\n\t\t<string>b</string>\n\t</array>\n</dict>"},
      {"<dict>\n\t<key>k</key>\n\t<string>a</string>\n</dict>", {{.key = "k", .strings = {"b"}}},
       "<dict>\n\t<key>k</key>\n\t<array>\n\t\t<string>a</string>\n\t\t<string>b</string>\n\t</array>\n</dict>"},
      {"<dict>\n\t<key>x.read-only</key>\n\t<true/>\n</dict>", {{.key = "x.read-write", .strings = {}, .instead_of = "x.read-only"}},
       "<dict>\n\t<key>x.read-write</key>\n\t<true/>\n</dict>"},
      {"<dict><key>a</key><true/></dict>", {{.key = "k"}},
       "<dict><key>a</key><true/>\n\t<key>k</key>\n\t<true/></dict>"},
      {"<dict>\n\t<key>k</key>\n\t<string>s</string>\n</dict>", {{.key = "k"}},
       "error: the value of k is neither true nor false"},
      {"<dict>\n\t<key>k</key>\n\t<true/>\n</dict>", {{.key = "k", .strings = {"s"}}},
       "error: the value of k is neither a string nor a list of strings"},
      {"<dict>\n\t<key>k</key>\n\t<array><integer>1</integer></array>\n</dict>", {{.key = "k", .strings = {"s"}}},
       "error: the value of k is neither a string nor a list of strings"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.before);
    CHECK(Edited(row.before, row.changes) == row.after);
  }
}

TEST_CASE("line ends of the file are kept") {
  const auto list = PropertyList::Parse("<plist>\r\n<dict>\r\n\t<key>a</key>\r\n\t<true/>\r\n</dict>\r\n</plist>");
  REQUIRE(list.has_value());
  const std::vector<Change> changes = {{.key = "k"}};
  CHECK(EditPlist(*list, changes)->text ==
        "<plist>\r\n<dict>\r\n\t<key>a</key>\r\n\t<true/>\r\n\t<key>k</key>\r\n\t<true/>\r\n</dict>\r\n</plist>");
}

TEST_CASE("what is no entitlements file is refused with what is wrong and where") {
  struct Row {
    std::string text;
    const char* error;
  };
  const std::string deep = Repeat("<array>", 100'000) + Repeat("</array>", 100'000);
  const Row rows[] = {
      {"", "is not XML; plutil -convert xml1 FILE converts property lists of every form"},
      {"{\"a\": true}", "is not XML; plutil -convert xml1 FILE converts property lists of every form"},
      {"bplist00\x01\x02", "is a binary property list; plutil -convert xml1 FILE makes it text"},
      {"\xFF\xFE<\0p", "is not UTF-8 text; plutil -convert xml1 FILE converts property lists of every form"},
      {Plist("<array/>"), "line 4: the property list is not a dictionary: entitlements are <dict>…</dict>"},
      {Plist("<string>x</string>"), "line 4: the property list is not a dictionary: entitlements are <dict>…</dict>"},
      {Plist(""), "line 6: the property list is not a dictionary: entitlements are <dict>…</dict>"},
      {Plist("<dict/><dict/>"), "line 4: has more than one value at the top"},
      {Plist("<dict><key>a</key><true/><key>a</key><false/></dict>"), "line 4: the key a stands there twice; remove one"},
      {Plist("<dict><key>a</key><key>b</key><true/></dict>"), "line 4: a <key> has no value"},
      {Plist("<dict><true/></dict>"), "line 4: <true> has no <key>"},
      {Plist("<dict><key>a</key></dict>"), "line 6: the last <key> has no value"},
      {Plist("<dict><key>a</key><array></dict>"), "line 4: </dict> closes nothing"},
      {Plist("<dict>"), "line 5: </plist> closes nothing"},
      {"<plist><dict>", "line 1: <dict> is not closed"},
      {Plist("<dict><key>&#97;</key><true/></dict>"),
       "line 4: a <key> holds a character reference; write the character itself"},
      {Plist("<dict><key><![CDATA[a]]></key><true/></dict>"), "line 4: a <key> holds more than text"},
      {"<!DOCTYPE plist [ <!ENTITY a \"aaaa\"> <!ENTITY b \"&a;&a;\"> ]><plist><dict><key>&b;</key><true/></dict></plist>",
       "line 1: the document type declares entities of its own, which no property list needs; remove them"},
      {Plist("<dict><key>a</key>" + deep + "</dict>"), "line 4: is nested deeper than 64 levels"},
      {Plist("<dict>" + Repeat("<key>", 100'000)), "line 4: is nested deeper than 64 levels"},
      {std::string(5u << 20, '<'), "is larger than 4 MiB; entitlements are a few lines"},
      {Plist("<dict><!-- "), "line 4: a comment is not closed"},
      {Plist("<dict><key"), "line 6: <key> is not closed"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.substr(0, 200));
    CHECK(ErrorOf(row.text) == row.error);
  }
}

TEST_CASE("no cut of a file and no changed byte does harm, and what is read can be edited or is refused") {
  const std::string text = Plist(
      "<dict>\n\t<key>a</key>\n\t<array>\n\t\t<string>x &amp; y</string>\n\t</array>\n\t<key>b</key>\n\t<true/>\n</dict>");
  const std::vector<Change> changes = {{.key = "a", .strings = {"new"}}, {.key = "k"}};
  std::size_t edited = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char byte : {'<', '>', '/', '&', 'x', ' ', '\0', '"', '!'}) {
      std::string changed = text;
      changed[at] = byte;
      const auto list = PropertyList::Parse(changed);
      if (!list) continue;
      const auto edit = EditPlist(*list, changes);
      if (!edit) continue;
      ++edited;
      CHECK(PropertyList::Parse(edit->text)->IsOn("k"));
    }
    CHECK((!PropertyList::Parse(text.substr(0, at)).has_value() || at > 200));
  }
  CHECK(edited > 100);
}
