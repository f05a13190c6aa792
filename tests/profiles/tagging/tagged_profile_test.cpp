#include "profiles/tagging/tagged_profile.h"

#include <filesystem>
#include <set>

#include <doctest/doctest.h>

#include "core/access/run_tag.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/print.h"
#include "tests/support/loading.h"
#include "tests/support/random_profiles.h"
#include "tests/support/shared_data.h"

using namespace sbtune;
using tagging::TaggedProfile;

namespace {

constexpr const char* kNonce = "0123456789ab";

struct Case {
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;
  sbpl::LoadOptions options;
  test::MemoryFiles files;
  sbpl::LoadResult loaded;

  using Texts = std::map<std::string, std::string>;
  explicit Case(Texts texts, sbpl::LoadOptions load = {}) : options(std::move(load)), files(std::move(texts)) {
    if (options.paths.empty()) options.paths = {"a.sb"};
    loaded = sbpl::LoadProfile(options, files);
    REQUIRE_MESSAGE(loaded.ok(), test::Said(loaded));
  }
  TaggedProfile Tag() {
    const auto tagged = tagging::TagDenies(loaded.profile, options, kNonce, files);
    REQUIRE_MESSAGE(tagged.has_value(), tagged.error().message);
    return *tagged;
  }
  std::string Where(const TaggedProfile& tagged, const std::string& tag) const {
    const tagging::TaggedForm* form = tagged.Find(tag);
    if (form == nullptr) return "none";
    return form->range.source == base::kNoSource ? "default" : loaded.profile.sources.Where(form->range);
  }
};

std::string Tag(std::uint32_t number) { return access::WriteRunTag(kNonce, number); }
std::string With(std::uint32_t number) { return " (with message \"" + Tag(number) + "\")"; }

// Some accesses for every operation that a rule names, on targets that its filters name, and on others.
std::vector<std::pair<std::string, std::optional<std::string>>> Questions(const sbpl::Profile& profile) {
  std::set<std::string> operations = {"file-read-data", "file-write-create", "mach-lookup", "network-outbound",
                                      "process-exec*", "signal", "sysctl-read", "default"};
  std::set<std::string> targets = {"/", "/private/etc/hosts", "/usr/lib/x.dylib", "com.example.service", "*:443"};
  for (const sbpl::Rule& rule : profile.rules) {
    for (const sbpl::RuleOperation& operation : rule.operations) operations.insert(operation.name);
    for (const sbpl::Filter& filter : rule.filters) {
      for (const sbpl::Argument& argument : filter.arguments) {
        if (const auto* text = std::get_if<std::string>(&argument.value)) targets.insert({*text, *text + "/below"});
      }
    }
  }
  std::vector<std::pair<std::string, std::optional<std::string>>> questions;
  std::size_t at = 0;
  const std::vector<std::string> list(targets.begin(), targets.end());
  for (const std::string& operation : operations) {
    questions.emplace_back(operation, std::nullopt);
    for (int i = 0; i < 3; ++i) questions.emplace_back(operation, list[at++ % list.size()]);
  }
  return questions;
}

// Every question gets the same answer, and a denial by a rule that can be marked names that rule's form.
void CheckSameDecisions(const sbpl::Profile& before, const TaggedProfile& tagged, sbpl::LoadOptions options,
                        sbpl::ProfileFiles& files) {
  const std::string copy_name = options.paths[0].substr(0, options.paths[0].rfind('/') + 1) + "copy";
  class Files final : public sbpl::ProfileFiles {
   public:
    Files(const std::string& name, const std::string& text, sbpl::ProfileFiles& others)
        : name_(name), text_(text), others_(others) {}
    base::Result<std::string> Read(const std::string& path) override {
      return path == name_ ? base::Result<std::string>(text_) : others_.Read(path);
    }
    bool Exists(const std::string& path) override { return path == name_ || others_.Exists(path); }

   private:
    const std::string& name_;
    const std::string& text_;
    sbpl::ProfileFiles& others_;
  } with_copy(copy_name, tagged.text, files);
  options.paths = {copy_name};
  const sbpl::LoadResult copy = sbpl::LoadProfile(options, with_copy);
  REQUIRE_MESSAGE(copy.ok(), test::Said(copy));
  const auto old_policy = sbpl::Policy::Compile(before, {}), new_policy = sbpl::Policy::Compile(copy.profile, {});
  REQUIRE(old_policy.has_value());
  REQUIRE(new_policy.has_value());
  for (const auto& [operation, target] : Questions(before)) {
    const sbpl::Query query = sbpl::QueryFromAccess(operation, target);
    const sbpl::Verdict was = old_policy->Decide(query), is = new_policy->Decide(query);
    CAPTURE(operation);
    CAPTURE(target.value_or("-"));
    REQUIRE(Name(was.decision) == Name(is.decision));
    REQUIRE(was.unknown_reason == is.unknown_reason);
    if (is.decision != sbpl::Decision::kDeny || is.rule == nullptr || is.rule->implicit) continue;
    for (const sbpl::Modifier& modifier : is.rule->modifiers) {
      if (modifier.name != "message") continue;
      const tagging::TaggedForm* form = tagged.Find(std::get<std::string>(modifier.arguments.at(0).value));
      if (form == nullptr) continue;  // a message that several forms of the user share
      CHECK((was.rule == nullptr ? form->range.source == base::kNoSource : form->range == was.rule->range));
    }
  }
}

}  // namespace

TEST_CASE("each written deny gets a message of its own, everything else stays as it was") {
  Case a(Case::Texts{{"a.sb",
           "(version 1)\n(deny default) ; all\n(allow file-read* (subpath \"/usr\"))\n"
           "(deny file-read-data\n  (literal \"/a)b\") ; )\n)\n"
           "(deny mach-lookup (with no-report))\n"
           "(deny network* (with message \"mine\"))\n"}});
  const TaggedProfile tagged = a.Tag();
  CHECK(tagged.text == "(version 1)\n(deny default" + With(0) + ") ; all\n(allow file-read* (subpath \"/usr\"))\n"
                       "(deny file-read-data\n  (literal \"/a)b\") ; )\n" + With(1) + ")\n"
                       "(deny mach-lookup (with no-report))\n"
                       "(deny network* (with message \"mine\"))\n");
  CHECK(a.Where(tagged, Tag(0)) == "a.sb:2:1");
  CHECK(a.Where(tagged, Tag(1)) == "a.sb:4:1");
  CHECK(a.Where(tagged, "mine") == "a.sb:8:1");
  CHECK(a.Where(tagged, Tag(2)) == "none");
  CHECK(a.Where(tagged, "sbtune.ba9876543210.0.") == "none");
  CHECK(tagged.imported + tagged.unwritten == 0);
  CHECK_FALSE(tagged.names_default);
}

TEST_CASE("a profile that leaves the default to the system gets it named, and decides as before") {
  Case a(Case::Texts{{"a.sb", "(version 1)\n(allow process-fork)"}});
  const TaggedProfile tagged = a.Tag();
  CHECK(tagged.text == "(version 1)\n(allow process-fork)\n(deny default" + With(0) + ")\n");
  CHECK(a.Where(tagged, Tag(0)) == "default");
  CHECK(tagged.names_default);
}

TEST_CASE("denies in functions, loops and conditions share the mark of the form that is written") {
  Case a(Case::Texts{{"a.sb",
           "(version 1)(deny default)\n"
           "(define (no what) (deny file-read-data (literal what)))\n"
           "(for-each no '(\"/a\" \"/b\"))\n"
           "(if (param \"X\")\n  (deny signal)\n  (deny process-fork))\n"
           "(with-filter (subpath \"/w\")\n  (deny file-write*))\n"}});
  const TaggedProfile tagged = a.Tag();
  CHECK(tagged.forms.size() == 4);
  CHECK(a.Where(tagged, Tag(1)) == "a.sb:2:19");
  CHECK(tagged.forms.at(1).rules == std::vector<std::size_t>{1, 2});
  CHECK(a.Where(tagged, Tag(2)) == "a.sb:6:3");
  CHECK(tagged.text.find("(deny signal)") != std::string::npos);  // not evaluated with these parameters
}

TEST_CASE("messages from outside are kept, ambiguous ones name no rule") {
  Case a(Case::Texts{{"a.sb",
           "(version 1)(deny default)\n"
           "(with-modifier (with message \"group\") (deny signal) (deny process-fork))\n"
           "(deny mach-lookup (with message \"one\"))\n"}});
  const TaggedProfile tagged = a.Tag();
  CHECK(tagged.forms.size() == 1);
  CHECK(a.Where(tagged, "group") == "none");
  CHECK(a.Where(tagged, "one") == "a.sb:3:1");
}

TEST_CASE("imported denies carry no mark, and are counted") {
  Case a(Case::Texts{{"a.sb", "(version 1)(deny default)(import \"/lib/base.sb\")\n(deny signal)\n"},
          {"/lib/base.sb", "(deny mach-lookup)\n(deny sysctl-read)\n"}});
  const TaggedProfile tagged = a.Tag();
  CHECK(tagged.imported == 2);
  CHECK(tagged.forms.size() == 2);
}

TEST_CASE("a profile that makes deny its own keeps what it means") {
  Case a(Case::Texts{{"a.sb",
           "(version 1)(deny default)\n"
           "(define the-deny deny)\n"
           "(define (refuse op) (the-deny op))\n"
           "(refuse signal)\n"
           "(set! deny (lambda (op) (allow op)))\n"
           "(deny process-fork)\n"}});
  const TaggedProfile tagged = a.Tag();
  CHECK(tagged.unwritten == 1);
  CheckSameDecisions(a.loaded.profile, tagged, a.options, a.files);
}

TEST_CASE("fragments become one file in load order") {
  sbpl::LoadOptions options;
  options.paths = {"a.sb", "b.sb"};
  Case a(Case::Texts{{"a.sb", "(version 1)\n(deny default)"}, {"b.sb", "(deny signal)"}}, options);
  const TaggedProfile tagged = a.Tag();
  CHECK(tagged.text == "(version 1)\n(deny default" + With(0) + ")\n(deny signal" + With(1) + ")\n");
  CHECK(a.Where(tagged, Tag(1)) == "b.sb:1:1");
}

TEST_CASE("random profiles decide as before, and marks name the rules that decide") {
  test::RandomProfiles random(20261121);
  for (int i = 0; i < 300; ++i) {
    const sbpl::Profile profile = random.Profile(1 + random.Below(20));
    std::string text = "(version 1)\n";
    for (const sbpl::Rule& rule : profile.rules) text += sbpl::Print(rule) + "\n";
    CAPTURE(text);
    sbpl::LoadOptions options;
    options.macos = profile.macos;
    Case a(Case::Texts{{"a.sb", text}}, options);
    CheckSameDecisions(a.loaded.profile, a.Tag(), a.options, a.files);
  }
}

TEST_CASE("real profiles decide as before, and their copies load") {
  const auto folder = test::SharedData("corpus/profiles");
  if (!folder) {
    MESSAGE("skipped: no corpus");
    return;
  }
  sbpl::DiskFiles files;
  std::size_t profiles = 0, denies = 0, marked = 0, imported = 0, unwritten = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    if (!entry.is_regular_file()) continue;
    sbpl::LoadOptions options;
    options.paths = {entry.path().string()};
    options.import_dirs = {*folder + "/apple-10.15.2"};
    options.missing_parameters = sbpl::MissingParameters::kPlaceholder;
    const sbpl::LoadResult loaded = sbpl::LoadProfile(options, files);
    if (!loaded.ok()) continue;
    CAPTURE(options.paths[0]);
    const auto tagged = tagging::TagDenies(loaded.profile, options, kNonce, files);
    REQUIRE(tagged.has_value());
    ++profiles;
    for (const sbpl::Rule& rule : loaded.profile.rules) denies += rule.action == access::Action::kDeny;
    for (const tagging::TaggedForm& form : tagged->forms) marked += form.rules.size();
    imported += tagged->imported;
    unwritten += tagged->unwritten;
    CheckSameDecisions(loaded.profile, *tagged, options, files);
  }
  MESSAGE(profiles << " profiles, " << denies << " denies: " << marked << " marked, " << imported << " imported, "
                   << unwritten << " not markable");
  CHECK(profiles > 200);
  CHECK(unwritten < denies / 10);
}
