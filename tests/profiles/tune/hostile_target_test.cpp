// Targets are chosen by whoever is confined: whatever bytes they hold, the edited profile allows exactly them.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "profiles/tune/replay.h"
#include "tests/profiles/tune/suggest_case.h"

using namespace sbtune;
using test::Denied;
using test::SuggestCase;
using test::SuggestRun;

namespace {

// What quotes, escapes, comments, forms, variables, lines and terminals are made of.
std::string HostileName(std::mt19937& random) {
  static const std::string kPieces[] = {
      "\"", "\\", "\\\"", "(", ")", ")) (allow default) (", ";", "; ", "#", "#\"", "#|", "'", "`", ",@", "\n", "\r\n", "\r",
      "\t", "\x1b[2J", "\x1b]0;x\x07", std::string(1, '\0'), "\x01", "\x7f", "\x80", "\xff", "\xc3", "\xc3\xbc",
      "\xe2\x80\xae", "\xf0\x9f\x92\xa9", "$", "${", "${HOME}", "*", ".", "+", "?", "[", "]", "^", "|", "{2}", "\\x41",
      "\\n", "\\101", " ", "  ", "a", "B", "c", "/", "/x", "..", "...", "%s", "@@ -1 +1 @@", "\n--- a\n+++ b\n",
      " (import fstype:x", " class:x", "literal", "subpath"};
  std::string name;
  for (auto count = 1 + random() % 6; count > 0; --count) name += kPieces[random() % std::size(kPieces)];
  return name;
}

const std::string kProfiles[] = {
    "(version 1)\n(deny default)\n",
    "(version 1)\n(deny default)\n(allow file-read-data (literal \"/old\"))\n(allow file-write-data\n\t(literal \"/o\") ; c\n)",
    "(version 1)\r\n(deny default)\r\n(allow file-read-data\r\n  (literal \"/a\" \"/b\"))\r\n(allow mach-lookup\r\n  (global-name \"x\"))\r\n",
    "(version 1)(deny default)(define (f x) (allow file-read-data (literal x)))(f \"/q\")",
};

struct Shot {
  std::vector<access::DenialGroup> groups;
  std::string profile;
};

Shot MakeShot(std::mt19937& random) {
  static const std::string kOperations[] = {"file-read-data", "file-read-metadata", "file-write-data", "mach-lookup",
                                            "sysctl-read", "network-outbound", "process-exec*", "ipc-posix-shm-read-data",
                                            "user-preference-read", "file-issue-extension", "file-ioctl"};
  Shot shot;
  shot.profile = kProfiles[random() % std::size(kProfiles)];
  for (auto count = 1 + random() % 8; count > 0; --count) {
    const std::string& operation = kOperations[random() % std::size(kOperations)];
    const bool named = operation.starts_with("mach") || operation.starts_with("sysctl") ||
                       operation.starts_with("ipc") || operation.starts_with("user");
    shot.groups.push_back(Denied(operation, (named ? "" : "/") + HostileName(random)));
  }
  return shot;
}

sbpl::Policy PolicyOf(const sbpl::Profile& profile) { return std::move(*sbpl::Policy::Compile(profile, {})); }

std::string Lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// Other names that a careless edit might open as well.
std::vector<std::string> Neighbours(const std::string& name) {
  std::vector<std::string> near = {name + "x", name + "/x", name + "\n", "x" + name, name.substr(0, name.size() - 1)};
  for (const char cut : {'"', '\\', '\n', ';', ')', '(', ' ', '/', '\0', '$'}) {
    if (const std::size_t at = name.find(cut); at != std::string::npos) {
      near.push_back(name.substr(0, at));
      near.push_back(name.substr(0, at) + name.substr(at + 1));
    }
  }
  return near;
}

bool IsCleanAscii(const std::string& diff) {
  return std::all_of(diff.begin(), diff.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r' || (c >= 0x20 && c < 0x7F); });
}

}  // namespace

TEST_CASE("whatever bytes a target holds, exactly it becomes allowed, or it is refused with a reason") {
  std::mt19937 random(7);
  std::size_t covered = 0;
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    Shot shot = MakeShot(random);
    const SuggestRun run({.fragments = {{"p.sb", shot.profile}}, .groups = shot.groups});
    REQUIRE_MESSAGE(run.answer.has_value(), run.answer.error().message);
    CHECK(run.answer->certificate.holds());
    for (const tune::Left& left : run.answer->left) CHECK_FALSE(left.refusal.text.empty());

    test::MemoryFiles files({{"p.sb", run.Text(0)}});
    const sbpl::LoadResult edited = sbpl::LoadProfile(run.load, files);
    REQUIRE(edited.ok());
    const sbpl::Policy before = PolicyOf(run.loaded.profile);
    const sbpl::Policy after = PolicyOf(edited.profile);
    std::set<std::pair<std::string, std::string>> evidence;  // folded: paths compare without case
    for (const tune::Suggestion& made : run.answer->suggestions) {
      for (const std::size_t index : made.evidence) {
        evidence.emplace(run.evidence[index].operation, Lower(*run.evidence[index].target));
      }
    }
    for (const auto& item : run.evidence) {
      const bool wanted = evidence.contains({item.operation, Lower(*item.target)});
      const auto decide = [&](const sbpl::Policy& policy, const std::string& target) {
        return policy.Decide(sbpl::QueryFromAccess(item.operation, target)).decision;
      };
      covered += wanted ? 1 : 0;
      CHECK((decide(after, *item.target) == sbpl::Decision::kAllow) ==
            (wanted || decide(before, *item.target) == sbpl::Decision::kAllow));
      for (const std::string& near : Neighbours(*item.target)) {
        if (evidence.contains({item.operation, Lower(near)})) continue;
        CAPTURE(item.operation);
        CAPTURE(near);
        const bool opened = decide(after, near) == sbpl::Decision::kAllow && decide(before, near) != sbpl::Decision::kAllow;
        CHECK_FALSE(opened);
      }
    }
  }
  CHECK(covered > 800);  // or this tests refusals only
}

TEST_CASE("no byte of a target that a terminal acts on reaches the diff") {
  std::mt19937 random(8);
  for (int round = 0; round < 200; ++round) {
    std::vector<access::DenialGroup> groups;
    for (int i = 0; i < 3; ++i) {
      std::string name = "/" + HostileName(random);
      std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) >= 0xC3 && c != '\xff'; });  // printable UTF-8
      groups.push_back(Denied("file-read-data", name));
    }
    const SuggestRun run({.fragments = {{"p.sb", kProfiles[0]}}, .groups = groups});
    REQUIRE_MESSAGE(run.answer.has_value(), run.answer.error().message);
    CHECK(IsCleanAscii(run.Diff()));
  }
}

TEST_CASE("the order of the evidence, and hearing it twice, change no byte; asking again proposes nothing") {
  std::mt19937 random(9);
  for (int round = 0; round < 60; ++round) {
    CAPTURE(round);
    Shot shot = MakeShot(random);
    const SuggestRun run({.fragments = {{"p.sb", shot.profile}}, .groups = shot.groups});
    REQUIRE(run.answer.has_value());
    std::vector<access::DenialGroup> other = shot.groups;
    other.insert(other.end(), shot.groups.begin(), shot.groups.end());
    std::shuffle(other.begin(), other.end(), random);
    const SuggestRun again({.fragments = {{"p.sb", shot.profile}}, .groups = other});
    REQUIRE(again.answer.has_value());
    CHECK(again.Diff() == run.Diff());
    const SuggestRun applied(run.Applied());
    REQUIRE(applied.answer.has_value());
    CHECK(applied.Diff().empty());
  }
}
