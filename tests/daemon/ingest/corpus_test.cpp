// The recorded lines beside the checkout, each fed alone as its own input, against their careful reading.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/support/parsed.h"
#include "tests/support/shared_data.h"

namespace sbtune {
namespace {

std::string Unescape(const std::string& raw) {
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\' && i + 1 < raw.size() && (raw[i + 1] == 'n' || raw[i + 1] == 't')) {
      text += raw[++i] == 'n' ? '\n' : '\t';
    } else {
      text += raw[i];
    }
  }
  return text;
}

std::string Summary(const test::Parsed& parsed) {
  const auto number = [](auto value) { return value ? std::to_string(*value) : std::string(); };
  const std::string duplicates = parsed.duplicates == 0 ? "" : std::to_string(parsed.duplicates);
  return std::string(access::Name(parsed.kind)) + "|" + parsed.process.value_or("") + "|" +
         number(parsed.pid) + "|" + parsed.operation.value_or("") + "|" + parsed.target.value_or("") + "|" +
         duplicates;
}

const std::map<std::string, std::string> kKindNames = {{"denial", "denial"},
                                                       {"allow", "allow"},
                                                       {"duplicate-summary", "duplicate"},
                                                       {"violation-report", "report"}};

}  // namespace

TEST_CASE("every near miss is other, and the sandbox events read as a careful person reads them") {
  const auto path = test::SharedData("corpus/denials.tsv");
  if (!path) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const std::map<std::string, std::string> known_misses = {
      {"o0150", "the copy lost its punctuation: no colon after Sandbox, no parentheses around the pid"},
      {"o0151", "the copy lost its punctuation, and the target its colons"},
      {"o0230",
       "a tag behind the path on the same line, which no system writes: it cannot be told from the path"},
      {"o0319", "prose glued to a path, which may hold blanks itself"},
  };
  std::size_t near_misses = 0, events = 0, right = 0;
  const auto rows = test::ReadTsv(*path);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    REQUIRE(row.size() >= 10);
    const std::string& id = row[0];
    CAPTURE(id);
    CAPTURE(row[3]);
    const auto parsed = test::EventsOf(Unescape(row[3]));
    if (row[4] == "not-a-sandbox-event") {
      ++near_misses;
      CHECK_MESSAGE(parsed.empty(), (parsed.empty() ? "" : Summary(parsed[0])));
      continue;
    }
    ++events;
    const std::string expected =
        kKindNames.at(row[4]) + "|" + row[5] + "|" + row[6] + "|" + row[7] + "|" + row[8] + "|" + row[9];
    const std::string got =
        parsed.size() == 1 ? Summary(parsed[0]) : std::to_string(parsed.size()) + " records";
    if (got == expected) ++right;
    if (known_misses.contains(id)) continue;
    CHECK(got == expected);
  }
  CHECK(near_misses == 129);
  CHECK(events == 362);
  CHECK(right + known_misses.size() == events);
  MESSAGE(right << " of " << events << " events equal, " << near_misses << " near misses");
}

TEST_CASE("the recorded lines read the same when they stand in one file") {
  const auto path = test::SharedData("corpus/denials.tsv");
  if (!path) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const auto rows = test::ReadTsv(*path);
  std::string text;
  std::vector<std::uint64_t> first_lines;  // of each row
  std::uint64_t line = 1;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    first_lines.push_back(line);
    const std::string row = Unescape(rows[i][3]) + "\n";
    line += static_cast<std::uint64_t>(std::ranges::count(row, '\n'));
    text += row;
  }
  std::vector<std::string> together(first_lines.size());
  for (const test::Parsed& parsed : test::EventsOf(text)) {
    const auto next = std::ranges::upper_bound(first_lines, parsed.line);
    together[static_cast<std::size_t>(next - first_lines.begin()) - 1] += Summary(parsed) + ";";
  }
  for (std::size_t i = 0; i < together.size(); ++i) {
    std::string alone;
    for (const test::Parsed& parsed : test::EventsOf(Unescape(rows[i + 1][3])))
      alone += Summary(parsed) + ";";
    CAPTURE(rows[i + 1][0]);
    CAPTURE(rows[i + 1][3]);
    CHECK(together[i] == alone);
  }
}

}  // namespace sbtune
