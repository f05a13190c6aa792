#include "profiles/tune/generalize/name_pattern.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "profiles/tune/generalize/name_chance.h"

using namespace sbtune::tune;

namespace {

struct Sighting {
  std::string name;
  std::vector<std::uint32_t> runs;
  bool made = false;
};

std::vector<std::string> Shapes(std::vector<Sighting> sightings, std::size_t runs_here = 2) {
  std::vector<NameSeen> names;
  for (const Sighting& one : sightings) names.push_back({one.name, one.runs, one.made});
  std::vector<std::string> shapes;
  for (const NameGroup& group : FindGroups(names, runs_here)) shapes.push_back(group.pattern.Describe());
  std::sort(shapes.begin(), shapes.end());
  return shapes;
}

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("names of one shape over several runs make a pattern") {
  CHECK(Shapes({{"tmp_obj_d6JtQI", {0}}, {"tmp_obj_0GPUTj", {0}}, {"tmp_obj_78b375", {1}}}) ==
        List{"tmp_obj_<random 6>"});
  CHECK(Shapes({{"r1", {0}}, {"r2", {1}}, {"r13", {1}}}) == List{"r<integer>"});
  CHECK(Shapes({{"0c", {0}}, {"4e", {0}}, {"90", {1}}, {"b8", {1}}}) == List{"<hex 2>"});
  CHECK(Shapes({{"750edc07d6415dcc07ae0351e9397b0222b7ba", {0}},
                {"fbf08886fca9a91cb753ec8734c84fcbe52c9f", {1}},
                {"bef63bfc8b58a623b154a2903d54d51eeccb36", {1}}}) == List{"<hex 38>"});
  CHECK(Shapes({{"04043062-594a-410b-a4ba-838e0b473fd9.log", {0}},
                {"24613576-cc7b-4a5f-8032-837d1edeb9e7.log", {1}},
                {"655015fa-e573-42f8-8f73-a4e49dc295b5.log", {1}}}) == List{"<uuid>.log"});
  CHECK(Shapes({{"lib-1.2.3.dylib", {0}}, {"lib-1.2.4.dylib", {1}}, {"lib-2.0.dylib", {1}}}) ==
        List{"lib-<version>.dylib"});
  CHECK(Shapes({{"cache.tmp12eb1", {0}}, {"cache.tmpc583c", {0}}, {"cache.tmp1fbfc", {1}}}) ==
        List{"cache.tmp<hex 5>"});
}

TEST_CASE("one stem with several endings is one pattern") {
  CHECK(Shapes({{"ccB0HFo2.o", {0}}, {"cciwGn2A.s", {0}}, {"ccMfHNFe.cdtor.o", {1}}, {"ccqxK3Qz.s", {1}}}) ==
        List{"cc<random 6>(.cdtor.o|.o|.s)"});
}

TEST_CASE("too few names, one run only, or a list that every run sees, make no pattern") {
  CHECK(Shapes({{"tmp_d6JtQI", {0}}, {"tmp_0GPUTj", {1}}}).empty());
  CHECK(Shapes({{"tmp_d6JtQI", {0}}, {"tmp_0GPUTj", {0}}, {"tmp_78b3Z5", {0}}}).empty());
  CHECK(Shapes({{"man1", {0, 1}}, {"man2", {0, 1}}, {"man3", {0, 1}}, {"man8", {1}}}).empty());
  CHECK(Shapes({{"alpha", {0}}, {"beta", {1}}, {"gamma", {1}}}).empty());
}

TEST_CASE("two names suffice where the program made them up, one a run, and chance shows in each") {
  struct Row {
    std::string first;
    std::string second;
    List shapes;
  };
  const Row rows[] = {
      {"tmp.d6JtQI", "tmp.0GPUTj", {"tmp.<random 6>"}},
      {"9v_1mfxt", "q7c36_f0", {"<random 8>"}},
      {"04043062-594a-410b-a4ba-838e0b473fd9.log", "24613576-cc7b-4a5f-8032-837d1edeb9e7.log", {"<uuid>.log"}},
      {"job-3f9a2c01", "job-77b0e1d4", {"job-<hex 8>"}},
      {"lock.4711", "lock.9023", {"lock.<integer>"}},
      {"q7c36_f0", "0j_stqed", {"<random 8>"}},
      {"pip-qnzkwvtp", "pip-luw9h6qd", {"pip-<random 8>"}},  // all letters, but none that make a word
      {"rake20261101-4711-x7k2p9", "rake20261119-66911-118ak7", {"rake<integer>-<integer>-<random 6>"}},
      {"v2-x7k2p9", "v2-118ak7", {"v2-<random 6>"}},  // a number that stays is text
      {"4711", "9023", {"<integer>"}},
      {"1", "2", {}},                     // so short a number alone may be anything
      {"a1b2c3", "x9y8z7", {}},           // too short without fixed text
      {"tool-config", "tool-update", {}},  // words
      {"document", "settings", {}},
      {"tool-1.2", "tool-1.3.4", {}},  // versions come and go slower than runs
      {"tmp.d6JtQI", "tmp.backup", {}},  // each must look the part
  };
  for (const Row& row : rows) {
    CAPTURE(row.first);
    CHECK(Shapes({{row.first, {0}, true}, {row.second, {1}, true}}) == row.shapes);
    CHECK(Shapes({{row.first, {0}, true}, {row.second, {1}, false}}).empty());
    CHECK(Shapes({{row.first, {0}, true}, {row.second, {0}, true}}).empty());
  }
}

TEST_CASE("words of equal length are no random names") {
  CHECK(Shapes({{"config", {0}}, {"update", {0}}, {"remote", {1}}, {"branch", {1}}}).empty());
  CHECK(Shapes({{"HttpGet", {0}}, {"HttpPut", {1}}, {"HttpDel", {1}}}).empty());
  CHECK(Shapes({{"passwd", {0}}, {"shadow", {1}}, {"group1", {1}}}).empty());
}

TEST_CASE("a word beside random names is no witness for their shape") {
  CHECK(Shapes({{"stgd0zNc", {0}, true}, {"stzpVXCc", {1}, true}, {"libgcc_s.so.1", {0, 1}, true}}) ==
        List{"st<random 6>"});
  CHECK(Shapes({{"x7k2p9f3", {0}}, {"q0v8zz1w", {1}}, {"9wk3xj5b", {1}}, {"settings", {0}}, {"document", {1}},
                {"pictures", {0}}, {"projects", {1}}}).empty());  // most of what it would match is words
}

TEST_CASE("chance outweighs a word in drawn texts and not in written ones") {
  for (const char* drawn : {"0j_stqed", "luw9h6qd", "zpVXCc", "XoAYWPaBzT", "qnzkwvtp", "118ak7"}) {
    CAPTURE(drawn);
    CHECK(ChanceBits(drawn) > 0);
  }
  for (const char* written : {"settings", "passwords", "document", "LaunchAgents", "contents", "known_hosts"}) {
    CAPTURE(written);
    CHECK(ChanceBits(written) < -2);
  }
  // By a wider alphabet a text is less likely to be drawn.
  CHECK(ChanceBits("qnzkwvtp", "A-Za-z0-9") < ChanceBits("qnzkwvtp", "a-z0-9"));
}

TEST_CASE("a pattern matches its members, as its regex is written") {
  const std::vector<Sighting> sightings = {{"ccB0HFo2.o", {0}}, {"cciwGn2A.s", {0}}, {"ccqxK3Qz.s", {1}}};
  std::vector<NameSeen> names;
  for (const Sighting& one : sightings) names.push_back({one.name, one.runs, one.made});
  const std::vector<NameGroup> groups = FindGroups(names, 2);
  REQUIRE(groups.size() == 1);
  const NamePattern& pattern = groups[0].pattern;
  CHECK(pattern.Regex() ==
        R"(cc[A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9](\.o|\.s))");
  CHECK(pattern.Matches("ccAAAAAA.o"));
  CHECK_FALSE(pattern.Matches("ccAAAAA.o"));
  CHECK_FALSE(pattern.Matches("ccAAAAAAA.o"));
  CHECK_FALSE(pattern.Matches("ccAAAAAA.c"));
  CHECK_FALSE(pattern.Matches("ccAAA/AA.o"));
  CHECK(pattern.Globs() == List{"cc\x03\x03\x03\x03\x03\x03.o", "cc\x03\x03\x03\x03\x03\x03.s"});
}

TEST_CASE("the order of the names does not matter") {
  std::vector<Sighting> sightings;
  std::mt19937 random(3);
  const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  for (std::uint32_t i = 0; i < 60; ++i) {
    std::string name = i % 3 == 0 ? "cc" : i % 3 == 1 ? "tmp." : "";
    for (int n = 0; n < 6; ++n) name += letters[random() % letters.size()];
    sightings.push_back({name + (i % 2 == 0 ? ".o" : ""), {i % 2}});
  }
  const List first = Shapes(sightings);
  CHECK_FALSE(first.empty());
  for (int i = 0; i < 20; ++i) {
    std::shuffle(sightings.begin(), sightings.end(), random);
    CHECK(Shapes(sightings) == first);
  }
}

TEST_CASE("hostile names make neither many patterns nor much work") {
  std::vector<Sighting> sightings;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    sightings.push_back(
        {std::string(1 + i % 200, 'a') + std::to_string(i / 3) + "_x1y2z3" + std::to_string(i % 3), {i % 2}});
  }
  CHECK(Shapes(sightings).size() <= 256);
  CHECK(Shapes({{std::string(5000, '1'), {0}}, {std::string(5000, '2'), {1}}, {std::string(5000, '3'), {1}}})
            .empty());
  CHECK(Shapes({{"a\n1", {0}}, {"a\n2", {1}}, {"a\n3", {1}}}).empty());
}
