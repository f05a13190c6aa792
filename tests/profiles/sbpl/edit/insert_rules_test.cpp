#include "profiles/sbpl/edit/insert_rules.h"

#include <doctest/doctest.h>

#include "tests/support/memory_files.h"

using namespace sbtune;
using namespace sbtune::sbpl;

namespace {

Filter Path(std::string path) { return {"path", "literal", {{std::move(path), "", {}}}, {}, {}}; }

struct Edited {
  explicit Edited(const std::string& text) : before(text) {
    loaded = test::LoadText(text);
    REQUIRE(loaded.ok());
    catalog = *catalog::Catalog::ForVersion(loaded.profile.macos);
  }
  std::string Add(const std::vector<Addition>& additions, Merging merging = Merging::kIntoRules) {
    const RuleInserter inserter(loaded.profile, *catalog);
    insertion = *inserter.Insert(additions, merging);
    after = insertion.fragments.empty() ? before : ApplyEdits(before, insertion.fragments[0].edits);
    return after;
  }
  // The new text that belongs to an addition.
  [[nodiscard]] std::string At(std::size_t addition) const {
    const Placement& place = insertion.places[addition];
    return after.substr(place.begin, place.length);
  }

  std::string before;
  std::string after;
  LoadResult loaded;
  const catalog::Catalog* catalog = nullptr;
  Insertion insertion;
};

}  // namespace

TEST_CASE("every addition knows where its text went") {
  Edited edited("(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\"))\n");
  edited.Add({{{"file-read-data"}, Path("/b"), nullptr},
              {{"file-read-data"}, Path("/c"), nullptr},
              {{"process-fork"}, std::nullopt, nullptr},
              {{"file-read-metadata", "file-read-xattr"}, Path("/b"), nullptr}});
  CHECK(edited.after ==
        "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\") (literal \"/b\") (literal \"/c\"))\n"
        "(allow file-read-metadata file-read-xattr (literal \"/b\"))\n(allow process-fork)\n");
  CHECK(edited.At(0) == "(literal \"/b\")");
  CHECK(edited.At(1) == "(literal \"/c\")");
  CHECK(edited.At(2) == "(allow process-fork)");
  CHECK(edited.At(3) == "(literal \"/b\")");
  CHECK(edited.insertion.places[0].merged_into.has_value());
  CHECK_FALSE(edited.insertion.places[3].merged_into.has_value());
}

TEST_CASE("rules that are there stay untouched when only new ones are wanted") {
  Edited edited("(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\"))\n");
  CHECK(edited.Add({{{"file-read-data"}, Path("/b"), nullptr}}, Merging::kNewRulesOnly) ==
        edited.before + "(allow file-read-data (literal \"/b\"))\n");
}

TEST_CASE("an addition that must follow a rule never goes before it") {
  const std::string text =
      "(version 1)\n(allow file-read-data (literal \"/a\"))\n(deny file-read-data (subpath \"/s\"))\n"
      "(allow mach-lookup)\n";
  Edited edited(text);
  const Rule* deny = &edited.loaded.profile.rules[1];
  CHECK(edited.Add({{{"file-read-data"}, Path("/s/a"), deny}}) ==
        "(version 1)\n(allow file-read-data (literal \"/a\"))\n(deny file-read-data (subpath \"/s\"))\n"
        "(allow file-read-data (literal \"/s/a\"))\n(allow mach-lookup)\n");
}

TEST_CASE("of several rules for the same operations, the one with most filters of the kind takes the new one") {
  Edited edited("(version 1)\n(allow file-read-data (literal \"/a\") (literal \"/b\"))\n"
                "(allow file-read-data (subpath \"/s\"))\n");
  CHECK(edited.Add({{{"file-read-data"}, Path("/c"), nullptr}}) ==
        "(version 1)\n(allow file-read-data (literal \"/a\") (literal \"/b\") (literal \"/c\"))\n"
        "(allow file-read-data (subpath \"/s\"))\n");
}

TEST_CASE("a new filter goes behind the last of its kind") {
  Edited edited("(version 1)\n(allow file-read-data\n  (literal \"/a\") ; a\n  (subpath \"/s\"))\n");
  CHECK(edited.Add({{{"file-read-data"}, Path("/b"), nullptr}}) ==
        "(version 1)\n(allow file-read-data\n  (literal \"/a\") ; a\n  (literal \"/b\")\n  (subpath \"/s\"))\n");
}

TEST_CASE("an empty file and a file of comments take rules as well") {
  Edited edited("(version 1)\n");
  CHECK(edited.Add({{{"process-fork"}, std::nullopt, nullptr}}) == "(version 1)\n(allow process-fork)\n");
  Edited comments("; nothing here");
  CHECK(comments.Add({{{"process-fork"}, std::nullopt, nullptr}}) == "; nothing here\n(allow process-fork)");
  Edited empty("");
  CHECK(empty.Add({{{"process-fork"}, std::nullopt, nullptr}}) == "(allow process-fork)\n");
}

TEST_CASE("blank lines between forms are kept up") {
  Edited edited("(version 1)\n\n(allow file-read-data (literal \"/a\"))\n\n(allow mach-lookup)\n");
  CHECK(edited.Add({{{"file-write-data"}, Path("/b"), nullptr}, {{"sysctl-read"}, std::nullopt, nullptr}}) ==
        "(version 1)\n\n(allow file-read-data (literal \"/a\"))\n\n(allow file-write-data (literal \"/b\"))\n\n"
        "(allow mach-lookup)\n\n(allow sysctl-read)\n");
}
