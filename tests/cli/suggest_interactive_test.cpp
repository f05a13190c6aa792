// The whole program: suggest --interactive and --yes-safe, with keys from a pipe.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/cli/store_commands.h"
#include "tests/support/shared_data.h"

using namespace sbtune;

namespace {

constexpr const char* kProfile = "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\"))\n";
constexpr const char* kLog =
    "Sandbox: tool(12) deny(1) file-read-data /opt/x/in\n"
    "Sandbox: tool(12) deny(1) sysctl-read kern.osversion\n"
    "Sandbox: tool(12) deny(1) file-read-data /Users/dev/.ssh/id_rsa\n";

struct Place {
  Place() {
    test::WriteFile(place / "my.sb", kProfile);
    place.Import({"-", "--run", "r"}, kLog);
  }
  [[nodiscard]] test::CommandResult Suggest(std::vector<std::string> more, const std::string& keys) const {
    std::vector<std::string> arguments = {"suggest", "--db", "a.db", "--profile", "my.sb", "--format", "profile"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.Run(arguments, {.folder = "", .input = keys});
  }
  [[nodiscard]] std::size_t Decisions() const {
    return nlohmann::json::parse(place.Run({"decisions", "--db", "a.db", "--json"}).out)["decisions"].size();
  }
  test::StorePlace place;
};

constexpr const char* kAllowedOne =
    "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\") (literal \"/opt/x/in\"))\n";

}  // namespace

TEST_CASE("what is allowed is proposed, what is answered is remembered and not asked again") {
  const Place place;
  const auto first = place.Suggest({"--interactive"}, "adnot its business\nf");
  CHECK(first.out == kAllowedOne);
  CHECK(first.exit_code == 3);
  CHECK(first.err.find("Suggestion 1 of 3: 1 denial in 1 run\n    file-read-data /opt/x/in\n") != std::string::npos);
  CHECK(first.err.ends_with("1 suggestion is open.\n"));
  CHECK(place.Decisions() == 2);
  const auto second = place.Suggest({"--interactive"}, "f");
  CHECK(second.err.starts_with("1 denial was decided before and is not asked about; sbtune decisions lists them.\n"
                               "Suggestion 2 of 2: "));
  CHECK(second.out == kAllowedOne);
}

TEST_CASE("leaving a dialogue, by a key or by the end of the input, leaves no trace") {
  const Place place;
  for (const char* keys : {"aaaq", "aa", "ad", "aa\x03", "aad\x03", "av\x03", "a\x04"}) {
    CAPTURE(keys);
    const auto done = place.Suggest({"--interactive"}, keys);
    CHECK(done.exit_code == 3);
    CHECK(done.out.empty());
    CHECK(done.err.ends_with("Left; nothing is remembered and nothing proposed.\n\n"));
    CHECK(place.Decisions() == 0);
  }
}

TEST_CASE("--yes-safe allows what is below the risk and never what needs the user's word") {
  const Place place;
  for (const std::vector<std::string>& option : {std::vector<std::string>{"--yes-safe=high"}, {"--yes-safe=low"}, {"--yes-safe"}}) {
    CAPTURE(option[0]);
    const auto done = place.Suggest(option, "");
    CHECK(done.exit_code == 3);
    CHECK(done.out.find("/opt/x/in") != std::string::npos);
    CHECK(done.out.find(".ssh") == std::string::npos);
  }
  CHECK(place.Suggest({"--yes-safe=all"}, "").exit_code == 2);
}

TEST_CASE("a wide and an exact choice make one proposal that apply writes and check confirms") {
  const test::StorePlace place;
  test::WriteFile(place / "my.sb", kProfile);
  for (const std::string& run : {std::string("1"), std::string("2"), std::string("3")}) {
    std::string log = "Sandbox: tool(12) deny(1) sysctl-read kern.osversion\n";
    for (const std::string& name : {std::string("14"), std::string("24")}) log += "Sandbox: tool(12) deny(1) file-read-data /opt/tool/cache/obj-" + run + name + ".tmp\n";
    place.Import({"-", "--run", run}, log);
  }
  const auto saved = place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--interactive", "--save", "p.json"},
                               {.folder = "", .input = "waaf"});
  CHECK(saved.exit_code == 0);
  CHECK(saved.err.find("Width 2 of 5, shape:\n") != std::string::npos);
  CHECK(saved.err.find("  my.sb:4: allow sysctl-read (sysctl-name \"kern.osversion\") [new rule]\n") != std::string::npos);
  const auto applied = place.Run({"apply", "p.json", "--yes"});
  CHECK(applied.exit_code == 0);
  CHECK(applied.out == saved.out);
  CHECK(test::ReadFile(place / "my.sb") ==
        "(version 1)\n(deny default)\n"
        "(allow file-read-data (literal \"/a\") (regex #\"^/opt/tool/cache/obj-[0-9]+\\.tmp$\"))\n"
        "(allow sysctl-read (sysctl-name \"kern.osversion\"))\n");
  CHECK(place.Run({"check", "--db", "a.db", "--profile", "my.sb", "--run", "3"}).exit_code == 0);
}

TEST_CASE("a typed rule is judged, proven and proposed like any other") {
  const auto typed = [](const std::string& rule) {
    const test::StorePlace place;
    test::WriteFile(place / "my.sb", kProfile);
    place.Import({"-", "--run", "r"}, "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/x/in\n");
    return place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--format", "profile", "--interactive", "-D", "LIB=/opt/tool/lib/x"},
                     {.folder = "", .input = "e\x15" + rule});
  };
  const std::pair<std::string, std::string> kTaken[] = {
      {"allow file-read-data (prefix \"/opt/tool/lib/x/i\")\nyaf", "(prefix \"/opt/tool/lib/x/i\")"},
      {"(allow file-read-data (literal (string-append (param \"LIB\") \"/in\")))\naf", "(literal \"/opt/tool/lib/x/in\")"},
      // What no denial needs is left out.
      {"allow file-read-data file-read-metadata (literal \"/opt/tool/lib/x/in\")\naf", "(allow file-read-data (literal \"/a\") (literal \"/opt/tool/lib/x/in\"))"},
      {"  allow file-read-data (literal \"/opt/tool/lib/x/in\") (literal \"/opt/tool/lib/x/other\")\naf", "\"/opt/tool/lib/x/other\""},
      {"allow file-read-data (subpath \"/opt\")\nyaf", "(subpath \"/opt\")"},
  };
  for (const auto& [rule, added] : kTaken) {
    CAPTURE(rule);
    const auto done = typed(rule);
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
    CHECK(done.out.find(added) != std::string::npos);
  }
  const std::pair<std::string, std::string> kRefused[] = {
      {"\n", "Not taken: no rule was typed.\n"},
      {"allow file-read-data\n", "Not taken: a filter is missing: without one the rule allows every target.\n"},
      {"deny file-read-data (literal \"/opt/tool/lib/x/in\")\n", "Not taken: only an allow rule can let the denials pass.\n"},
      {"allow file-read-data (literal \"/opt/tool/lib/x/on\")\n", "Not taken: it allows none of these denials.\n"},
      {"(allow file-read-data (literal \"/opt/tool/lib/x/in\"))(allow default)\n", "Not taken: this makes 2 rules, and one is wanted.\n"},
      {"(define x 1)\n", "Not taken: this makes 0 rules, and one is wanted.\n"},
      {"(allow file-read-data (literal \"/opt/tool/lib/x/in\") (with report))\n", "Not taken: a suggestion has no (with ...): add it to the profile by hand.\n"},
      {"allow file-raed-data (literal \"/x\")\n", "file-read-data"},
      {"allow file-read-data (subpath \"/opt\")\nnaf", "The rule was not taken.\n"},
  };
  for (const auto& [rule, said] : kRefused) {
    CAPTURE(rule);
    const auto done = typed(rule);
    CAPTURE(done.err);
    CHECK(done.err.find(said) != std::string::npos);
    CHECK(done.out.find("(allow default)") == std::string::npos);
    CHECK(done.out.find("(subpath \"/opt\")") == std::string::npos);
  }
}

TEST_CASE("one denial has a ladder of widths up to where the guards stand, and the chosen one is proposed and proven") {
  struct Row {
    std::string denial;
    std::string keys;
    std::string rule;  // of the edited profile
  };
  const std::vector<Row> rows = {
      {"file-read-data /opt/tool/lib/x/in", "waf", "(regex #\"^/opt/tool/lib/x/[^/]+$\")"},
      {"file-read-data /opt/tool/lib/x/in", "wwaf", "(literal \"/a\") (subpath \"/opt/tool/lib/x\"))"},
      {"file-read-data /opt/tool/lib/x/in", "wwwaf", "(subpath \"/opt/tool/lib\")"},
      {"file-read-data /opt/tool/lib/x/in", "wwwwwwwwwaf", "(subpath \"/opt/tool\")"},  // not /opt
      {"file-read-data /opt/tool/lib/x/in", "wwnnaf", "(literal \"/opt/tool/lib/x/in\")"},
      {"file-write-data /opt/tool/lib/x", "wwaf", "(allow file-write-data (literal \"/opt/tool/lib/x\"))"},
      {"mach-lookup org.example.tool.helper", "waf", "(global-name-prefix \"org.example.tool.\")"},
      {"mach-lookup org.example.tool.helper", "wwwaf", "(global-name-prefix \"org.example.\")"},  // not org.
      {"mach-lookup com.apple.helper", "waf", "(global-name \"com.apple.helper\")"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.denial);
    CAPTURE(row.keys);
    const test::StorePlace place;
    test::WriteFile(place / "my.sb", kProfile);
    place.Import({"-", "--run", "r"}, "Sandbox: tool(12) deny(1) " + row.denial + "\n");
    const auto done = place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--interactive", "--format", "profile"},
                                {.folder = "", .input = row.keys});
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
    CAPTURE(done.out);
    CHECK(done.out.find(row.rule) != std::string::npos);
  }
}

TEST_CASE("a wider form never goes past a deny of the profile") {
  const test::StorePlace place;
  test::WriteFile(place / "my.sb", "(version 1)\n(deny default)\n(deny file-read-data (literal \"/opt/tool/lib/key\"))\n");
  place.Import({"-", "--run", "r"}, "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/x/in\n");
  const auto done = place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--interactive", "--format", "profile"},
                              {.folder = "", .input = "wwwwwwaf"});
  CHECK(done.exit_code == 0);
  CHECK(done.out.find("(subpath \"/opt/tool/lib/x\")") != std::string::npos);
}

TEST_CASE("what was allowed at a width is allowed again at that width, with all that it covers by then") {
  const test::StorePlace place;
  test::WriteFile(place / "my.sb", kProfile);
  const auto suggest = [&](const std::string& keys) {
    return place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--interactive", "--format", "profile"},
                     {.folder = "", .input = keys});
  };
  place.Import({"-", "--run", "r"}, "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/x/in\n");
  const auto first = suggest("wwwaf");
  REQUIRE(first.out.find("(subpath \"/opt/tool/lib\")") != std::string::npos);
  const auto listed = nlohmann::json::parse(place.Run({"decisions", "--db", "a.db", "--json"}).out);
  CHECK(listed["decisions"][0]["rule"] == "allow file-read-data (subpath \"/opt/tool/lib\")");
  const auto second = suggest("f");
  CHECK(second.out == first.out);
  CHECK(second.exit_code == 0);
  // A denial that came later and lies within is not asked about; one beside it is.
  place.Import({"-", "--run", "s"},
               "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/y\n"
               "Sandbox: tool(12) deny(1) file-read-data /opt/tool/share\n");
  const auto third = suggest("f");
  CHECK(third.out == first.out);
  CHECK(third.exit_code == 3);
  CHECK(third.err.ends_with("1 suggestion is open.\n"));
  // Revoked, all of it is asked about again; nothing is narrowed silently.
  REQUIRE(place.Run({"decisions", "--db", "a.db", "--revoke", "1"}).exit_code == 0);
  const auto fourth = suggest("f");
  CHECK(fourth.out.empty() == false);
  CHECK(fourth.out == kProfile);
  CHECK(fourth.err.ends_with("3 suggestions are open.\n"));
}

TEST_CASE("what was allowed is written again as it was: with its parameter, its raw regex") {
  for (const char* keys : {"waf", "wwaf", "e\x15""allow file-read-data (regex #\"^/Users/dev/lib/i.\\.h$\")\nyaf"}) {
    CAPTURE(keys);
    const test::StorePlace place;
    test::WriteFile(place / "my.sb", "(version 1)\n(deny default)\n(allow file-write-data (literal (param \"HOME\")))\n");
    place.Import({"-", "--run", "r"}, "Sandbox: tool(12) deny(1) file-read-data /Users/dev/lib/in.h\n");
    const auto suggest = [&](const std::string& typed) {
      return place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "-D", "HOME=/Users/dev", "--interactive"},
                       {.folder = "", .input = typed});
    };
    const auto first = suggest(keys);
    CAPTURE(first.err);
    REQUIRE(first.out.find("/lib") != std::string::npos);
    CHECK(suggest("f").out == first.out);
  }
}

TEST_CASE("a denial that an edited rule leaves out stays open and is never allowed without a word") {
  const test::StorePlace place;
  test::WriteFile(place / "my.sb", kProfile);
  for (const std::string& run : {std::string("1"), std::string("2"), std::string("3")}) {
    place.Import({"-", "--run", run}, "Sandbox: tool(12) deny(1) file-read-data /opt/tool/cache/obj-" + run + "14.tmp\n");
  }
  const auto suggest = [&](const std::string& keys) {
    return place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--interactive", "--format", "profile"},
                     {.folder = "", .input = keys});
  };
  const auto first = suggest("e\x15""allow file-read-data (literal \"/opt/tool/cache/obj-114.tmp\")\naf");
  CHECK(first.err.find("  Leaves denied:\n    file-read-data /opt/tool/cache/obj-214.tmp\n") != std::string::npos);
  REQUIRE(first.out.find("obj-114") != std::string::npos);
  const auto second = suggest("f");
  CHECK(second.out == first.out);
  CHECK(second.err.find("obj-214.tmp\n    file-read-data /opt/tool/cache/obj-314.tmp\n") != std::string::npos);
  CHECK(second.err.ends_with("1 suggestion is open.\n"));
}

TEST_CASE("what lies within a wider rule is allowed with it, and asked about again when it is not") {
  struct Row {
    const char* keys;
    const char* counts;  // on some screen
    const char* ends;
    const char* added;
  };
  const Row rows[] = {
      {"wwaf", "3 allowed, 0 denied, 0 ignored, 1 open", "\n1 suggestion is open.\n", " (subpath \"/opt/tool/lib\")"},
      {"wwauf", "0 allowed, 0 denied, 0 ignored, 4 open", "\n4 suggestions are open.\n", ""},
      {"wwakkkdnot this\nf", "0 allowed, 1 denied, 0 ignored, 3 open", "\n3 suggestions are open.\n", ""},
      {"wwakkknnf", "1 allowed, 0 denied, 0 ignored, 3 open", "\n3 suggestions are open.\n", " (literal \"/opt/tool/lib/a\")"},
      {"wwakdthat\nf", "2 allowed, 1 denied, 0 ignored, 1 open", "\n1 suggestion is open.\n", " (subpath \"/opt/tool/lib\")"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.keys);
    const test::StorePlace place;
    test::WriteFile(place / "my.sb", kProfile);
    place.Import({"-", "--run", "r"},
                 "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/a\n"
                 "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/b\n"
                 "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/c\n"
                 "Sandbox: tool(12) deny(1) file-read-data /opt/tool/share\n");
    const auto done = place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--interactive", "--format", "profile"},
                                {.folder = "", .input = row.keys});
    CAPTURE(done.err);
    CHECK(done.err.find("\n2 others are within that rule, and allowed.\n") != std::string::npos);
    CHECK(done.err.find(row.counts) != std::string::npos);
    CHECK(done.err.ends_with(row.ends));
    CHECK(done.out == fmt::format("(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\"){})\n", row.added));
  }
}

TEST_CASE("what the profile allows by the parameters of a run is not asked about") {
  const test::StorePlace place;
  test::WriteFile(place / "my.sb", "(version 1)\n(deny default)\n(allow file-read-data (subpath (param \"CWD\")))\n");
  for (const std::string& run : {std::string("1"), std::string("2")}) {
    place.Import({"-", "--run", run, "-D", "CWD=/private/tmp/job" + run},
                 "Sandbox: tool(12) deny(1) file-read-data /private/tmp/job" + run + "/in\n"
                 "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/x\n");
  }
  const auto done = place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "-D", "CWD=/private/tmp/job2", "--interactive"},
                              {.folder = "", .input = "af"});
  CAPTURE(done.err);
  CHECK(done.exit_code == 0);
  CHECK(done.err.starts_with("Suggestion 1 of 1: 1 denial in 2 runs\n    file-read-data /opt/tool/lib/x\n"));
}

TEST_CASE("denials that get no suggestion are told after the dialogue, and are not all done") {
  const test::StorePlace place;
  test::WriteFile(place / "my.sb", "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\"))\n(deny file-read-data (subpath \"/opt/tool/key\"))\n");
  place.Import({"-", "--run", "r"},
               "Sandbox: tool(12) deny(1) file-read-data /opt/tool/key/x\n"
               "Sandbox: tool(12) deny(1) file-read-data /a\n"
               "Sandbox: tool(12) deny(1) sysctl-read kern.osversion\n");
  for (const std::vector<std::string>& how : {std::vector<std::string>{"--interactive"}, {"--yes-safe=high"}}) {
    CAPTURE(how[0]);
    std::vector<std::string> arguments = {"suggest", "--db", "a.db", "--profile", "my.sb", "--save", "p.json"};
    arguments.insert(arguments.end(), how.begin(), how.end());
    const auto done = place.Run(arguments, {.folder = "", .input = "af"});
    CAPTURE(done.err);
    CHECK(done.exit_code == 3);
    CHECK(done.err.find("3 denials: 1 covered by 1 addition, 1 already allowed, 1 left.\n") != std::string::npos);
    CHECK(done.err.find("file-read-data /opt/tool/key/x\n") != std::string::npos);
    CHECK(done.err.find("my.sb:4") != std::string::npos);
  }
  CHECK(place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--interactive"}, {.folder = "", .input = "uf"}).err.find("is open") == std::string::npos);
  REQUIRE(place.Run({"decisions", "--db", "a.db", "--revoke", "1"}).exit_code == 0);
  CHECK(place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--interactive"}, {.folder = "", .input = "f"}).err.ends_with("\n1 suggestion is open.\n"));
  const auto nothing = place.Run({"suggest", "--db", "a.db", "--profile", "my.sb", "--path", "/opt/tool/key/x", "--save", "p.json", "--interactive"},
                                 {.folder = "", .input = ""});
  CHECK(nothing.exit_code == 3);
  CHECK(nothing.out.empty());
  CHECK(nothing.err.ends_with("\nThere is nothing to add, so nothing was saved; p.json is an older one.\n"));
}

TEST_CASE("a dialogue counts on a tree, and takes no second thing from the input that its keys come from") {
  const test::StorePlace place;
  test::WriteFile(place / "my.sb", kProfile);
  test::WriteFile(place / "tree", "/opt/tool/lib/x/in\n/opt/tool/lib/x/a\n/opt/tool/lib/x/b\n");
  place.Import({"-", "--run", "r"}, "Sandbox: tool(12) deny(1) file-read-data /opt/tool/lib/x/in\n");
  const auto suggest = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"suggest", "--db", "a.db", "--profile", "my.sb"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.Run(arguments, {.folder = "", .input = "wwaf"});
  };
  CHECK(suggest({"--interactive", "--tree", "tree"}).err.find("    2 more paths of the tree for file-read-data\n") != std::string::npos);
  for (const auto& [option, value] : {std::pair{"--tree", "tree"}, {"--budget", "5"}, {"--places", "p"}, {"--run-param", "r:A=b"}}) {
    const auto alone = suggest({option, value});
    CHECK(alone.exit_code == 2);
    CHECK(alone.err == std::string("sbtune: ") + option + " is about wider rules: it needs --generalize, --interactive or --yes-safe\n");
  }
  const auto both = suggest({"--interactive", "--tree", "-"});
  CHECK(both.exit_code == 2);
  CHECK(both.err == "sbtune: --interactive reads the keys from standard input, so nothing else can be -: name a file\n");
}
