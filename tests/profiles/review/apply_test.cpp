// Proposals from strangers, and what becomes of the profile when something goes wrong.
#include "profiles/review/apply.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <random>

#include "core/base/sha256.h"
#include "profiles/review/make_proposal.h"
#include "tests/support/command.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

constexpr const char* kOld =
    "(version 1)\n"
    "(deny default)\n"
    "(allow file-read-data (literal \"/a\") (literal \"/b\"))\n"
    "(deny file-read-data (literal \"/secret\"))\n";

struct Place {
  Place() : path(std::filesystem::canonical(folder.path()).string() + "/a.sb") { test::WriteFile(path, kOld); }
  [[nodiscard]] review::Proposal Proposal(const std::string& text) const {
    review::Proposal proposal;
    proposal.load.paths = {path};
    proposal.files = {{path, base::Sha256Hex(kOld), text}};
    proposal.allows = {{"file-read-data", "/c"}};
    return proposal;
  }
  [[nodiscard]] std::string Refusal(const review::Proposal& proposal) const {
    sbpl::DiskFiles files;
    const auto done = review::Apply(proposal, files);
    CHECK(test::ReadFile(path) == kOld);
    return done ? "" : done.error().message;
  }
  test::TempFolder folder;
  std::string path;
};

const std::string kGood = std::string(kOld) + "(allow file-read-data (literal \"/c\"))\n";

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST_CASE("a proposal survives its text; any other text is refused") {
  const Place place;
  review::Proposal proposal = place.Proposal(kGood);
  proposal.load.parameters = {{"HOME", "/Users/\xff"}};
  proposal.load.strictness = sbpl::Strictness::kLenient;
  proposal.policy.facts = {{sbpl::Fact::Kind::kDoesNotHold, "vnode-type", "1"}};
  proposal.allows.push_back({"process-fork", std::nullopt});
  const std::string text = review::ToText(proposal);
  const auto again = review::ParseProposal(text);
  REQUIRE(again);
  CHECK(review::ToText(*again) == text);
  CHECK(again->load.parameters == proposal.load.parameters);
  CHECK(again->policy.facts == proposal.policy.facts);
  CHECK(again->files == proposal.files);
  CHECK(again->allows == proposal.allows);

  const std::string changed =
      "the proposal was changed after it was saved: its digest does not match; make it again with `sbtune suggest --save`";
  CHECK(review::ParseProposal(text + " ").error().message == changed);
  CHECK(review::ParseProposal(Replaced(text, "/c", "/d")).error().message == changed);
  CHECK(review::ParseProposal(Replaced(text, "\"version\": 1,", "\"version\": 1, \"version\": 1,")).error().message == changed);
  CHECK(review::ParseProposal(Replaced(text, "\"lenient\": true", "\"lenient\": {\"a\": []}")).error().message == changed);
  CHECK(review::ParseProposal(Replaced(text, "\"version\": 1", "\"version\": 2")).error().message ==
        "the proposal was written by another version of sbtune; make it again with `sbtune suggest --save`");
  for (const std::string& hostile : {std::string(), std::string("{}"), std::string("[]"), std::string("{\"format\":[]}"),
                                    std::string(100'000, '['), std::string("\xff\xfe")}) {
    CHECK(review::ParseProposal(hostile).error().message == "this is no proposal; `sbtune suggest --save FILE` makes one");
  }
}

TEST_CASE("a good proposal is written and says what it adds") {
  const Place place;
  sbpl::DiskFiles files;
  const review::Proposal proposal = place.Proposal(kGood);
  const auto examined = review::Examine(proposal, files);
  REQUIRE(examined);
  CHECK(examined->added == std::vector<std::string>{"(allow file-read-data (path \"/c\"))"});
  REQUIRE(review::Apply(proposal, files));
  CHECK(test::ReadFile(place.path) == kGood);
  CHECK(review::Apply(proposal, files).error().message == place.path + " already is as proposed; there is nothing to do");
}

TEST_CASE("a proposal that does anything else than add allows to its own profile is refused") {
  const Place place;
  const std::string also = "(allow file-read-data (literal \"/c\"))\n";
  struct Row {
    std::string text;
    std::string refusal;
  };
  const std::vector<Row> rows = {
      {Replaced(kGood, "(deny file-read-data (literal \"/secret\"))\n", ""),
       "the proposal does more than to allow: it removes, changes or moves (deny file-read-data (path \"/secret\")); "
       "nothing was written"},
      {Replaced(kGood, "(literal \"/b\")", ""),
       "the proposal does more than to allow: it removes, changes or moves (allow file-read-data (path \"/b\")); "
       "nothing was written"},
      {Replaced(kGood, "(deny default)", "(allow default)"),
       "the proposal does more than to allow: it adds (allow default), which no suggestion ever is; nothing was written"},
      {kGood + "(allow file-write*)\n",
       "the proposal does more than to allow: it adds (allow file-write*), which no suggestion ever is; nothing was written"},
      {kGood + "(deny file-read-data (literal \"/d\"))\n",
       "the proposal does more than to allow: it adds (deny file-read-data (path \"/d\")), which is no allow rule; "
       "nothing was written"},
      // One thing while it is checked, another one later or with other parameters.
      {kGood + "(if (param \"X\") (allow default))\n", "the proposal does more than to allow: it adds 'if'; nothing was written"},
      {kGood + "(define allow deny)\n", "the proposal does more than to allow: it adds 'define'; nothing was written"},
      {kGood + "(allow file-read-data (literal (begin (set! x 1) \"/e\")))\n", "the changed profile would not load: " + place.path + ":6:"},
      {kGood + "(allow file-read-data (literal (begin \"/e\")))\n", "the proposal does more than to allow: it adds 'begin'; nothing was written"},
      {kOld, "the changed profile does not allow file-read-data /c; nothing was written: make the proposal again with "
             "`sbtune suggest --save`"},
      {kGood + "(", "the changed profile would not load: " + place.path +
                        ":6:1: "},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const std::string refusal = place.Refusal(place.Proposal(row.text));
    if (row.refusal.ends_with(": ") || row.refusal.ends_with(":6:")) {
      CHECK(refusal.starts_with(row.refusal));
    } else {
      CHECK(refusal == row.refusal);
    }
  }
  review::Proposal elsewhere = place.Proposal(kGood);
  elsewhere.files[0].path = "/etc/profile";
  CHECK(place.Refusal(elsewhere) == "/etc/profile is none of the proposal's own profile files; nothing was written");
  review::Proposal other = place.Proposal(kGood);
  other.files[0].old_sha256 = base::Sha256Hex("x");
  CHECK(place.Refusal(other) == place.path + " changed since the proposal was made; nothing was written: make the "
                                             "proposal again with `sbtune suggest --save`");
}

TEST_CASE("when the profile on the disk turns out not to allow it, the old bytes come back") {
  const Place place;
  const std::string part = place.folder / "part.sb";
  test::WriteFile(part, "(allow signal)\n");
  const std::string old = kOld + ("(import \"" + part + "\")\n");
  test::WriteFile(place.path, old);
  review::Proposal proposal = place.Proposal(old + "(allow file-read-data (literal \"/c\"))\n");
  proposal.files[0].old_sha256 = base::Sha256Hex(old);
  sbpl::DiskFiles files;
  // Somebody breaks an imported file while ours is being written.
  const auto done = review::Apply(proposal, files, [&](base::ReplaceStep step) {
    if (step == base::ReplaceStep::kReplaced) test::WriteFile(part, "(allow");
  });
  REQUIRE(!done);
  CHECK(done.error().message.starts_with("the changed profile does not load: "));
  CHECK(done.error().message.ends_with("; the old bytes are back"));
  CHECK(test::ReadFile(place.path) == old);
}

namespace {

// For a.sb as elsewhere, and for a file that is made here.
review::Proposal OfTwoFiles(const Place& place, const std::string& second) {
  test::WriteFile(second, "; empty\n");
  review::Proposal proposal = place.Proposal(kGood);
  proposal.load.paths.push_back(second);
  proposal.files.push_back({second, base::Sha256Hex("; empty\n"), "(allow signal)\n"});
  return proposal;
}

}  // namespace

TEST_CASE("of two files both change or none") {
  const Place place;
  const std::string second = std::filesystem::canonical(place.folder.path()).string() + "/b.sb";
  const review::Proposal proposal = OfTwoFiles(place, second);
  sbpl::DiskFiles files;
  int replaced = 0;
  const auto done = review::Apply(proposal, files, [&](base::ReplaceStep step) {
    if (step == base::ReplaceStep::kReplaced && ++replaced == 1) test::WriteFile(second, "; mine\n");
  });
  REQUIRE(!done);
  CHECK(done.error().message == second + " changed in between, so nothing was written; make the proposal again with "
                                         "`sbtune suggest --save`; the old bytes are back");
  CHECK(test::ReadFile(place.path) == kOld);
  CHECK(test::ReadFile(second) == "; mine\n");
}

TEST_CASE("of two files one of which a killed apply has written, the other is not written without a word") {
  const Place place;
  const std::string second = std::filesystem::canonical(place.folder.path()).string() + "/b.sb";
  const review::Proposal proposal = OfTwoFiles(place, second);
  test::WriteFile(place.path, kGood);
  sbpl::DiskFiles files;
  const auto done = review::Apply(proposal, files);
  REQUIRE(!done);
  CHECK(done.error().message == place.path + " already is as proposed and " + second +
                                    " is not: another apply is at work, or was interrupted; `sbtune apply --undo` takes back "
                                    "what it wrote, then apply again");
  CHECK(test::ReadFile(second) == "; empty\n");
}

namespace {

// A profile in some layout, and denials that it does not all allow.
struct Shot {
  explicit Shot(unsigned seed) : random(seed) {
    const std::string end = Of({"\n", "\r\n"});
    text = Of({"", "; mine" + end, end}) + "(version 1)" + end + "(deny default)" + end;
    for (std::size_t rules = Below(6); rules > 0; --rules) {
      text += "(allow " + Of({"file-read-data", "file-read*", "mach-lookup"});
      const bool lookup = text.ends_with("lookup");
      for (std::size_t filters = 1 + Below(3); filters > 0; --filters) {
        text += Of({" ", end + "\t", end + "  ", " ; why" + end + "    "});
        text += lookup ? "(global-name \"org.example." + Name() + "\")" : "(" + Of({"literal", "subpath"}) + " \"/opt/" + Name() + "\")";
      }
      text += Of({")", end + ")"}) + Of({end, end + end, " ; because" + end, " "});
    }
    if (Below(2) == 0) text += Of({"; the end", " ", "(allow signal)"});
    for (std::size_t i = 1 + Below(6); i > 0; --i) {
      access::DenialGroup group;
      group.operation = Of({"file-read-data", "file-write-create", "mach-lookup"});
      group.target = group.operation == "mach-lookup" ? "org.example." + Name() : "/opt/" + Name() + "/" + Name();
      group.process = "tool";
      group.count = 1;
      group.provenance = access::Provenance::kKernel;
      groups.push_back(std::move(group));
    }
  }
  std::size_t Below(std::size_t limit) { return random() % limit; }
  std::string Of(const std::vector<std::string>& from) { return from[Below(from.size())]; }
  std::string Name() { return Of({"a", "b\\\\c", "d e", "\u00e9", "\xff", ";x"}); }

  std::mt19937 random;
  std::string text;
  std::vector<access::DenialGroup> groups;
};

}  // namespace

TEST_CASE("of any profile, apply and undo bring back every byte and the mode, and a second suggestion adds nothing") {
  std::size_t applied = 0;
  for (unsigned seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    Shot shot(seed);
    CAPTURE(shot.text);
    const test::TempFolder folder;
    const std::string path = std::filesystem::canonical(folder.path()).string() + "/a.sb";
    test::WriteFile(path, shot.text);
    const mode_t mode = static_cast<mode_t>(0400 | shot.Below(0400));
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    sbpl::DiskFiles files;
    sbpl::LoadOptions load;
    load.paths = {path};
    const std::vector<tune::Evidence> evidence = tune::MergeEvidence(shot.groups);
    const auto suggest = [&]() -> base::Result<review::Proposal> {
      const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
      REQUIRE(loaded.ok());
      const auto answer = tune::Suggest({loaded.profile, load, {}, evidence, {}}, files);
      REQUIRE(answer.has_value());
      if (answer->fragments.empty()) return base::Fail("nothing");
      return review::MakeProposal({loaded.profile, load, {}, evidence, *answer, "/"}, files);
    };
    const auto proposal = suggest();
    if (!proposal) continue;
    const auto done = review::Apply(*proposal, files);
    REQUIRE_MESSAGE(done.has_value(), done.error().message);
    ++applied;
    const auto mode_now = [&] {
      struct stat status {};
      REQUIRE(::stat(path.c_str(), &status) == 0);
      return status.st_mode & 07777;
    };
    CHECK(mode_now() == mode);
    CHECK(!suggest());
    REQUIRE(base::UndoReplace(path));
    CHECK(test::ReadFile(path) == shot.text);
    CHECK(mode_now() == mode);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), std::filesystem::directory_iterator()) == 1);
  }
  CHECK(applied > 35);
}
