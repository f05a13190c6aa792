// The whole program: sbtune check, as text, JSON, SARIF and a diff.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/command.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

constexpr const char* kProfile =
    "(version 1)\n"
    "(debug deny)\n"
    "(deny default)\n"
    "(allow file-read* (subpath \"/tmp/build\"))\n"
    "(allow mach-lookup (global-name-regex #\"^com.example.agent$\"))\n"
    "(allow process-fork)\n"
    "(allow process-fork)\n"
    "; \xC3\xA4\xC3\xB6\n"
    "(allow file-read* (literal \"/opt/\xC3\xA4\")) (allow file-raed* (literal \"/x\"))\n";

class Program {
 public:
  explicit Program(const std::string& profile = kProfile) { test::WriteFile(folder_ / "p.sb", profile); }
  test::CommandResult Run(std::vector<std::string> arguments) const {
    return test::RunCommand(arguments, {.folder = folder_.path(), .input = ""});
  }
  test::CommandResult Check(std::vector<std::string> more, const std::string& file = "p.sb") const {
    more.insert(more.begin(), {SBTUNE_PROGRAM, "check", "-p", file});
    return Run(more);
  }
  const test::TempFolder& folder() const { return folder_; }

 private:
  test::TempFolder folder_;
};

std::vector<std::string> CodesOf(const std::string& json) {
  std::vector<std::string> codes;
  const Json parsed = Json::parse(json);
  for (const Json& finding : parsed["findings"]) codes.push_back(finding["code"]);
  return codes;
}

// What SARIF 2.1.0 demands of a result, and what code hosts need beyond it.
void CheckResult(const Json& result, const Json& rules, std::set<std::string>& fingerprints) {
  const std::string id = result["ruleId"];
  CAPTURE(id);
  CHECK(rules[result["ruleIndex"].get<std::size_t>()]["id"] == id);
  CHECK(std::set<std::string>{"error", "warning", "note"}.contains(result["level"]));
  CHECK(!result["message"]["text"].get<std::string>().empty());
  REQUIRE(result["locations"].size() == 1);
  const Json& place = result["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "p.sb");
  const Json& region = place["region"];
  for (const char* field : {"startLine", "startColumn", "endLine", "endColumn"}) CHECK(region[field].get<int>() >= 1);
  CHECK(fingerprints.insert(result["partialFingerprints"]["sbtuneFinding/v1"]).second);
  if (!result.contains("fixes")) return;
  for (const Json& change : result["fixes"][0]["artifactChanges"]) {
    CHECK(change["artifactLocation"]["uri"] == "p.sb");
    CHECK(!change["replacements"].empty());
  }
}

Json Sarif(const test::CommandResult& done) {
  CHECK(done.exit_code == 3);
  CHECK(done.err == "");
  const Json sarif = Json::parse(done.out);
  CHECK(sarif["version"] == "2.1.0");
  CHECK(sarif["$schema"].get<std::string>().ends_with("sarif-2.1.0.json"));
  REQUIRE(sarif["runs"].size() == 1);
  return sarif["runs"][0];
}

}  // namespace

TEST_CASE("check --explain tells of the codes that it prints, the loader's too") {
  const Program program;
  const auto explain = [&](const std::string& code) { return program.Run({SBTUNE_PROGRAM, "check", "--explain", code}); };
  for (const std::string code : {"dead-path", "filter-does-not-apply", "unknown-operation"}) {
    CAPTURE(code);
    CHECK(explain(code).exit_code == 0);
    CHECK(explain(code).out.starts_with(code + "\n*"));
  }
  const auto wrong = explain("dead-pat");
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.out == "");
  CHECK(wrong.err == "sbtune: no section tells of 'dead-pat': it is no code, or its message says it all; did you mean 'dead-path'?\n");
}

TEST_CASE("check --sarif has what the schema and code hosts ask for") {
  const Program program;
  const Json run = Sarif(program.Check({"--sarif"}));
  const Json& driver = run["tool"]["driver"];
  CHECK(driver["name"] == "sbtune");
  for (const Json& rule : driver["rules"]) {
    CAPTURE(rule["id"].get<std::string>());
    CHECK(!rule["id"].get<std::string>().empty());
  }
  CHECK(run["columnKind"] == "unicodeCodePoints");
  CHECK(run["results"].size() == 5);
  std::set<std::string> fingerprints;
  for (const Json& result : run["results"]) CheckResult(result, driver["rules"], fingerprints);
  // Columns count characters, not bytes.
  const Json& last = run["results"].back();
  CHECK(last["ruleId"] == "unknown-operation");
  CHECK(last["locations"][0]["physicalLocation"]["region"] ==
        Json::parse(R"({"startLine": 9, "startColumn": 46, "endLine": 9, "endColumn": 56})"));
  // A file named by its whole path is still found by a code host.
  const Json whole = Sarif(program.Check({"--sarif"}, (program.folder() / "p.sb")));
  CHECK(whole["results"] == run["results"]);
}

TEST_CASE("fingerprints stay when lines move") {
  const Program program;
  const Program moved("; a line\n" + std::string(kProfile));
  const Json before = Sarif(program.Check({"--sarif"}))["results"], after = Sarif(moved.Check({"--sarif"}))["results"];
  REQUIRE(before.size() == after.size());
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(before[i]["partialFingerprints"] == after[i]["partialFingerprints"]);
}

TEST_CASE("check --fix is a diff that patch takes, and then nothing of it is found again") {
  const Program program;
  const test::CommandResult fix = program.Check({"--fix"});
  CHECK(fix.exit_code == 3);
  test::WriteFile(program.folder() / "fix.diff", fix.out);
  const test::CommandResult patched = program.Run({"patch", "-p0", "-i", "fix.diff"});
  CHECK(patched.exit_code == 0);
  CHECK(CodesOf(program.Check({"--json"}).out) == std::vector<std::string>{"unknown-operation"});
  CHECK(program.Check({"--fix"}).out == "");
}

TEST_CASE("a warning of the loader is told once, and is no error because another line is one") {
  const Program program("(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt/a/\"))\n(allow file-raed* (literal \"/x\"))\n");
  CHECK(CodesOf(program.Check({"--json"}).out) == std::vector<std::string>{"subpath-slash", "unknown-operation"});
}

TEST_CASE("odd files are findings or one sentence, never more") {
  const struct {
    std::string text, codes;
  } cases[] = {
      {"", "missing-version"},
      {"; only a comment\n", "missing-version"},
      {std::string("\0\1\2\xff\xfe(", 6), ""},
      {"(version 1)(deny default)(allow file-read* (literal \"/\xE2\x80\xAE\"))", ""},
      {std::string(200'000, '('), ""},
  };
  for (const auto& one : cases) {
    const Program program(one.text);
    const test::CommandResult done = program.Check({"--json"});
    CHECK((done.exit_code == 0 || done.exit_code == 3));
    const auto codes = CodesOf(done.out);
    if (!one.codes.empty()) CHECK(codes == std::vector<std::string>{one.codes});
  }
  const Program program;
  CHECK(program.Check({}, "none.sb").exit_code == 1);
  CHECK(program.Check({}, ".").exit_code == 1);
}
