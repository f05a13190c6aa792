#include "profiles/tune/generalize/rule_risk.h"

#include <doctest/doctest.h>

#include <random>

using namespace sbtune;
using namespace sbtune::tune;
using catalog::Places;
using catalog::Risk;

namespace {

const catalog::Catalog& Newest() { return **catalog::Catalog::ForVersion(""); }

sbpl::Filter Text(const std::string& name, const std::string& value) { return {name, name, {{value, "", {}}}, {}, {}}; }
sbpl::Filter Of(const std::string& name, std::vector<sbpl::Filter> filters) { return {name, name, {}, std::move(filters), {}}; }

RuleRisk Risks(const std::vector<std::string>& operations, const sbpl::Filter& filter) {
  return RiskOfRule({operations, &filter}, Newest(), Places::BuiltIn());
}

// A path for every line of the built-in places, homes and globs filled in.
std::vector<std::string> PathOfEveryLine() {
  std::vector<std::string> paths;
  const std::string text(Places::BuiltInText());
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    const std::string line = text.substr(begin, text.find('\n', begin) - begin);
    if (!line.starts_with("place ") && !line.starts_with("float ")) continue;
    std::string path = line.substr(line.find(' ', 6) + 1);
    path = path.substr(0, path.find(' '));
    if (path.starts_with("**")) path = "/opt/w" + path.substr(2);
    if (path.starts_with("~")) path = "/Users/me" + path.substr(1);
    if (path.ends_with("/**")) path.replace(path.size() - 2, 2, "a/b");
    for (std::size_t at = path.find("/**/"); at != std::string::npos; at = path.find("/**/")) path.erase(at, 3);
    for (char& c : path) c = c == '*' || c == '?' ? 'q' : c;
    if (path.starts_with('/') && path.size() > 1) paths.push_back(path);
  }
  return paths;
}

std::string Parent(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

std::string Quoted(const std::string& path) {
  std::string regex;
  for (const char c : path) {
    if (std::string_view("\\.[](){}*+?|^$").find(c) != std::string_view::npos) regex += '\\';
    regex += c;
  }
  return regex;
}

struct Widening {  // one chain: each rule holds at least what the one before it held
  std::vector<std::string> operations;
  sbpl::Filter filter;
  std::string folder;  // of the next step
};

void WidenPath(Widening& at, std::mt19937& random) {
  const std::string folder = at.folder;
  if (at.filter.name == "path") {
    if (random() % 2 == 0) {
      at.filter = Text("path-regex", "^" + Quoted(folder == "/" ? "" : folder) + "/[^/]+$");
    } else if (random() % 2 == 0) {
      at.filter = Of("require-any", {at.filter, Text("path", folder)});
    } else {
      at.filter = Text("subpath", folder);
    }
  } else if (at.filter.name == "path-regex" || at.filter.name == "require-any") {
    at.filter = Text("subpath", folder);
  } else {
    at.folder = Parent(folder);
    at.filter = Text("subpath", at.folder);
  }
}

void WidenOperations(Widening& at, std::mt19937& random) {
  std::string& last = at.operations.back();
  if (random() % 3 == 0) {
    at.operations.insert(at.operations.begin(), "file-read-metadata");
  } else if (last.starts_with("file-read") && last != "file-read*") {
    last = "file-read*";
  } else if (last.starts_with("file-write") && last != "file-write*") {
    last = "file-write*";
  } else {
    last = "file*";
  }
}

}  // namespace

TEST_CASE("widening a rule on paths never lowers its risk, from any place that the data names") {
  std::mt19937 random(29);
  const std::vector<std::string> paths = PathOfEveryLine();
  REQUIRE(paths.size() > 200);
  for (const std::string& path : paths) {
    const char* operation = std::vector{"file-read-data", "file-read-metadata", "file-write-data", "file-write-create"}[random() % 4];
    Widening at{{operation}, Text("path", path), Parent(path)};
    RuleRisk before = Risks(at.operations, at.filter);
    for (int step = 0; step < 6; ++step) {
      if (random() % 4 == 0) WidenOperations(at, random);
      else WidenPath(at, random);
      const RuleRisk after = Risks(at.operations, at.filter);
      CAPTURE(path);
      CAPTURE(at.operations.back());
      CAPTURE(at.filter.name);
      CAPTURE(at.folder);
      CAPTURE(before.reason);
      CHECK(after.risk >= before.risk);
      CHECK(after.word >= before.word);
      before = after;
      if (at.filter.name == "subpath" && at.folder == "/") break;
    }
    const RuleRisk open = RiskOfRule({at.operations, nullptr}, Newest(), Places::BuiltIn());
    CHECK(open.risk >= before.risk);
    CHECK(open.word == Word::kNeeded);
  }
}

TEST_CASE("widening a rule on names never lowers its risk") {
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"mach-lookup", "global-name"}, {"sysctl-read", "sysctl-name"}, {"user-preference-read", "preference-domain"},
      {"iokit-open-user-client", "iokit-user-client-class"}};
  for (const auto& [operation, filter] : kinds) {
    CAPTURE(operation);
    const std::vector<std::string> one = {operation};
    const RuleRisk exact = Risks(one, Text(filter, "com.example.tool.x"));
    RuleRisk before = exact;
    for (const char* prefix : {"com.example.tool.", "com.example.", "com.", ""}) {
      const RuleRisk after = Risks(one, Text(filter + "-prefix", prefix));
      CHECK(after.risk >= before.risk);
      before = after;
    }
    CHECK(Risks(one, Text(filter + "-regex", "^com")).risk >= exact.risk);
    CHECK(RiskOfRule({one, nullptr}, Newest(), Places::BuiltIn()).risk >= before.risk);
  }
}

TEST_CASE("a folder without its secrets left out is as risky as they are; with them left out as the folder") {
  const std::vector<std::string> read = {"file-read-data"};
  const RuleRisk whole = Risks(read, Text("subpath", "/opt/tool"));
  CHECK(whole.risk == Risk::kSevere);
  CHECK(whole.word == Word::kNeeded);
  std::vector<sbpl::Filter> secrets;
  for (const Places::Float& floating : Places::BuiltIn().Floats()) secrets.push_back(Text("path-regex", floating.regex));
  const RuleRisk carved = Risks(read, Of("require-all", {Text("subpath", "/opt/tool"), Of("require-not", {Of("require-any", secrets)})}));
  CHECK(carved.risk == Risk::kLow);
  CHECK(carved.word == Word::kNotNeeded);
}

TEST_CASE("an anchored regex covers names as globs as far as no slash can hide in it") {
  struct Row {
    std::string regex;
    std::string cover;
  };
  const std::vector<Row> rows = {
      {"^/a/b$", "/a/b"},
      {"^/a\\.d/obj-[0-9]+\\.tmp$", "/a.d/obj-*.tmp"},
      {"^/a/[^/]+$", "/a/*"},
      {"^/a/x?y$", "/a/*y"},
      {"^/a/[a-z][a-z]/c", "/a/*/c* and below"},
      {"^/a/.*$", "/a/* and below"},
      {"^/a/(b|c)$", "/a/* and below"},
      {"^/a/b|/c$", "/ and below"},
      {"/a$", "/ and below"},
      {"^/a/[.-0]$", "/a/* and below"},
      {"^/a/b{2}$", "/a/* and below"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.regex);
    const PathCover cover = CoverOfRegex(row.regex);
    std::string shown;
    for (const catalog::PathStep& step : cover.steps) shown += "/" + step.text;
    if (cover.extent == Places::Extent::kTree) shown += cover.steps.empty() ? "/ and below" : " and below";
    CHECK(shown == row.cover);
  }
}
