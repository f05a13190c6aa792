// Real profiles: every one evaluates, and those whose flat list somebody else published evaluate to that list.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/loading.h"
#include "tests/support/shared_data.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

// One canonical text for a rule, from either side.
std::string Dump(const Json& filters) {
  std::string text;
  for (const Json& filter : filters) {
    text += "(" + filter.at("name").get<std::string>();
    for (const Json& argument : filter.value("arguments", Json::array())) {
      text += " " + argument.at("value").dump() + "'" + argument.value("alias", "");
    }
    text += Dump(filter.value("subfilters", Json::array())) + ")";
  }
  return text;
}

std::string DumpRule(const Json& rule) {
  std::string text = rule.at("action").get<std::string>();
  for (const Json& operation : rule.at("operations")) text += " " + operation.get<std::string>();
  return text + Dump(rule.value("filters", Json::array())) + " with " + Dump(rule.value("modifiers", Json::array()));
}

Json ToJson(const sbpl::Argument& argument) {
  Json json;
  if (const auto* text = std::get_if<std::string>(&argument.value)) json["value"] = *text;
  if (const auto* number = std::get_if<std::int64_t>(&argument.value)) json["value"] = *number;
  if (!argument.alias.empty()) json["alias"] = argument.alias;
  return json;
}

Json ToJson(const std::vector<sbpl::Filter>& filters) {
  Json json = Json::array();
  for (const sbpl::Filter& filter : filters) {
    Json one{{"name", filter.name}, {"subfilters", ToJson(filter.subfilters)}, {"arguments", Json::array()}};
    for (const sbpl::Argument& argument : filter.arguments) one["arguments"].push_back(ToJson(argument));
    json.push_back(one);
  }
  return json;
}

Json ToJson(const sbpl::Rule& rule) {
  Json json{{"action", access::Name(rule.action)}, {"filters", ToJson(rule.filters)}, {"modifiers", Json::array()}};
  for (const sbpl::RuleOperation& operation : rule.operations) json["operations"].push_back(operation.name);
  for (const sbpl::Modifier& modifier : rule.modifiers) {
    Json one{{"name", modifier.name}, {"arguments", Json::array()}};
    for (const sbpl::Argument& argument : modifier.arguments) one["arguments"].push_back(ToJson(argument));
    json["modifiers"].push_back(one);
  }
  return json;
}

sbpl::LoadOptions AppleOptions(const std::string& folder, const Json& parameters) {
  sbpl::LoadOptions options;
  options.macos = "10.15";
  options.import_dirs = {folder + "/Profiles", folder + "/share"};
  for (const auto& [name, value] : parameters.items()) options.parameters[name] = value.get<std::string>();
  return options;
}

// What each family of profiles gets from the program that owns it, beside parameters.
struct Family {
  std::string_view part;      // of the file's path
  std::string_view in_front;  // the file that the program puts in front
  std::string_view place;     // of a template, on a line of its own
  std::string_view filled_in;
};
constexpr Family kFamilies[] = {
    {"chromium-chromium/", "chromium-chromium/sandbox/policy/mac/common.sb", "", ""},
    {"/PlugInSandboxProfiles/",
     "apple-oss-distributions-webkit2/PluginProcess/mac/com.apple.WebKit.plugin-common.sb.in", "", ""},
    {"eugene1g-agent-safehouse/", "eugene1g-agent-safehouse/profiles/00-base.sb",
     "__SAFEHOUSE_REPLACE_ME_WITH_WORK_DIR_DEFINE__", "(define WORK_DIR \"/work\")"},
};
// Parameters that must be more than some text, and what is defined for #if lines (in WebKit's profiles only).
const std::map<std::string, std::string> kParameters = {
    {"OS_VERSION", "1300"}, {"BROWSER_PID", "4711"}, {"NETWORK_SERVICE_STORAGE_PATHS_COUNT", "2"}};
const std::vector<std::string> kDefines = {"PLATFORM(MAC)", "__MAC_OS_X_VERSION_MIN_REQUIRED=140000"};

const Family& FamilyOf(const std::string& file) {
  static constexpr Family kNone{"", "", "", ""};
  for (const Family& family : kFamilies) {
    if (file.find(family.part) != std::string::npos) return family;
  }
  return kNone;
}

class FilledIn final : public sbpl::ProfileFiles {
 public:
  explicit FilledIn(const Family& family) : family_(family) {}
  base::Result<std::string> Read(const std::string& path) override {
    base::Result<std::string> text = disk_.Read(path);
    if (!text || family_.place.empty()) return text;
    const std::string line = "\n" + std::string(family_.place) + "\n";
    const std::size_t at = text->find(line);
    if (at != std::string::npos) text->replace(at + 1, family_.place.size(), family_.filled_in);
    return text;
  }
  bool Exists(const std::string& path) override { return disk_.Exists(path); }

 private:
  const Family& family_;
  sbpl::DiskFiles disk_;
};

std::vector<std::string> InLoadOrder(const std::string& root, const std::string& file, const Family& family) {
  if (family.in_front.empty() || file.ends_with(family.in_front)) return {file};
  return {root + "/profiles/" + std::string(family.in_front), file};
}

// Gives every parameter that is asked for a value, as the program that owns the profile would; what the first values
// bring to light may ask for more.
sbpl::LoadResult LoadWithParameters(sbpl::LoadOptions options, sbpl::ProfileFiles& files) {
  for (int round = 0;; ++round) {
    sbpl::LoadOptions lenient = options;
    lenient.strictness = sbpl::Strictness::kLenient;
    const sbpl::LoadResult asked = sbpl::LoadProfile(lenient, files);
    const std::size_t before = options.parameters.size();
    for (const sbpl::ParameterUse& use : asked.profile.parameter_uses) {
      if (use.given || use.name == "IMPORT_DIR") continue;
      const auto value = kParameters.find(use.name);
      options.parameters[use.name] = value != kParameters.end() ? value->second : "/P/" + use.name;
    }
    if (options.parameters.size() == before || round == 5) return sbpl::LoadProfile(options, files);
  }
}

}  // namespace

TEST_CASE("All 143 published flat lists of 10.15.2 are equal") {
  const auto folder = test::SharedData("corpus/rules-10.15.2");
  const auto profiles = test::SharedData("corpus/profiles/apple-10.15.2");
  if (!folder || !profiles) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const sbpl::LoadOptions options =
      AppleOptions(*profiles, Json::parse(test::ReadFile(*folder + "/params.json")));
  int lists = 0;
  int equal = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() != ".gz") continue;
    const std::string name = entry.path().stem().stem().string();
    CAPTURE(name);
    ++lists;
    sbpl::LoadOptions one = options;
    for (const char* place : {"/Profiles/", "/share/", "/"}) {
      if (std::filesystem::exists(*profiles + place + name)) {
        one.paths = {*profiles + place + name};
        break;
      }
    }
    sbpl::DiskFiles files;
    const sbpl::LoadResult result = sbpl::LoadProfile(one, files);
    CHECK_MESSAGE(result.ok(), test::Said(result));
    const Json published = Json::parse(test::ReadGzip(entry.path().string()));
    CHECK(published.size() == result.profile.rules.size());
    bool same = published.size() == result.profile.rules.size();
    for (std::size_t i = 0; same && i < published.size(); ++i) {
      const std::string ours = DumpRule(ToJson(result.profile.rules[i]));
      same = ours == DumpRule(published[i]);
      CHECK(ours == DumpRule(published[i]));
    }
    equal += same ? 1 : 0;
  }
  MESSAGE(equal << " of " << lists << " lists equal");
  CHECK(lists == 143);
  CHECK(equal == lists);
}

TEST_CASE("All 286 profiles evaluate but for eight, each with its reason") {
  const auto corpus = test::SharedData("corpus");
  if (!corpus) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const std::map<std::string, std::string> reasons = {
      {"com.apple.WebKit.GPU.sb", "iOS: needs util.sb and common.sb, which Apple does not publish"},
      {"com.apple.WebKit.Networking.sb", "iOS, the same"},
      {"com.apple.WebKit.WebAuthn.sb", "iOS, the same"},
      {"com.apple.WebKit.WebContent.sb", "iOS, the same"},
      {"com.apple.metrickitd.sb", "imports the unpublished common.sb"},
      {"wfs.sb", "imports /etc/wfs/wfs_file-write.sb, which a server writes at run time"},
      {"com.apple.colorsync.displayservices.sb", "calls allow-create-directory, which no published file defines"},
      {"platform_profile.sb", "a decompiler's output with bytes that it could not decode"},
  };
  int evaluated = 0;
  std::set<std::string> failed;
  const auto rows = test::ReadTsv(*corpus + "/profiles.tsv");
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string& file = rows[i][0];
    CAPTURE(file);
    sbpl::LoadOptions options;
    const std::string apple = *corpus + "/profiles/apple-10.15.2";
    options.import_dirs = {apple + "/Profiles", apple + "/share"};
    if (file.find("apple-10.15.2") != std::string::npos) options.macos = "10.15";
    const Family& family = FamilyOf(file);
    options.paths = InLoadOrder(*corpus, *corpus + "/" + file, family);
    options.preprocessor_defines = kDefines;
    FilledIn files(family);
    const sbpl::LoadResult result = LoadWithParameters(options, files);
    // Without its program's parameters a profile is still read, but for numbers that must be numbers.
    options.parameters = kParameters;
    options.missing_parameters = sbpl::MissingParameters::kPlaceholder;
    const sbpl::LoadResult alone = sbpl::LoadProfile(options, files);
    CHECK_MESSAGE(alone.ok() == result.ok(), test::Said(alone));
    if (result.ok()) {
      ++evaluated;
      continue;
    }
    const std::string name = std::filesystem::path(file).filename().string();
    failed.insert(name);
    CHECK_MESSAGE(reasons.contains(name), test::Said(result));
  }
  MESSAGE(evaluated << " of " << rows.size() - 1 << " profiles evaluate");
  CHECK(rows.size() - 1 == 286);
  CHECK(failed.size() <= 8);
  for (const auto& [name, reason] : reasons) CHECK_MESSAGE(failed.contains(name), name << " evaluates now");
}

TEST_CASE("What is printed of Apple's rules evaluates to the same rules") {
  const auto profiles = test::SharedData("corpus/profiles/apple-10.15.2");
  const auto parameters = test::SharedData("corpus/rules-10.15.2/params.json");
  if (!profiles || !parameters) {
    MESSAGE("skipped: no corpus");
    return;
  }
  sbpl::LoadOptions options = AppleOptions(*profiles, Json::parse(test::ReadFile(*parameters)));
  options.paths = {*profiles + "/Profiles/application.sb"};
  sbpl::DiskFiles files;
  const sbpl::LoadResult first = sbpl::LoadProfile(options, files);
  REQUIRE(first.ok());
  std::string text = "(version 1)\n";
  for (const sbpl::Rule& rule : first.profile.rules) text += sbpl::Print(rule) + "\n";
  sbpl::LoadOptions plain;
  plain.macos = "10.15";
  const sbpl::LoadResult second = test::Load(text, plain);
  REQUIRE_MESSAGE(second.ok(), test::Said(second));
  REQUIRE(second.profile.rules.size() == first.profile.rules.size());
  for (std::size_t i = 0; i < first.profile.rules.size(); ++i) {
    CHECK(DumpRule(ToJson(first.profile.rules[i])) == DumpRule(ToJson(second.profile.rules[i])));
  }
}
