#include "profiles/entitlements/table.h"

#include <algorithm>
#include <map>
#include <optional>

#include <nlohmann/json.hpp>

#include "embedded/sbtune_entitlements.h"

namespace sbtune::entitlements {
namespace {

using Json = nlohmann::json;

ValueKind KindFromName(const std::string& name) {
  static const std::map<std::string, ValueKind> kKinds = {{"true", ValueKind::kTrue},
                                                          {"name", ValueKind::kName},
                                                          {"path", ValueKind::kPath},
                                                          {"home-path", ValueKind::kHomePath},
                                                          {"group", ValueKind::kGroup},
                                                          {"cloud", ValueKind::kCloud}};
  return kKinds.at(name);
}

Standing StandingFromName(const std::string& name) {
  static const std::map<std::string, Standing> kStandings = {
      {"open", Standing::kOpen}, {"chosen", Standing::kChosen}, {"exception", Standing::kException}};
  return kStandings.at(name);
}

Grant ReadGrant(const Json& json) {
  return {json.at("operations").get<std::vector<std::string>>(), json.at("targets").get<std::vector<std::string>>()};
}

Key ReadKey(const Json& json, const Json& sources) {
  Key key;
  key.name = json.at("key").get<std::string>();
  key.same = json.value("same", std::vector<std::string>());
  key.value = KindFromName(json.at("value").get<std::string>());
  key.standing = StandingFromName(json.value("standing", "open"));
  key.meaning = json.at("meaning").get<std::string>();
  key.needs = json.value("needs", "");
  for (const Json& source : json.at("sources")) {
    key.sources.push_back(sources.at(source.get<std::string>()).get<std::string>());
  }
  for (const Json& grant : json.at("grants")) key.grants.push_back(ReadGrant(grant));
  return key;
}

Table Read(const Json& json) {
  Table table;
  for (const Json& key : json.at("keys")) table.keys.push_back(ReadKey(key, json.at("sources")));
  for (const Json& one : json.at("nobody")) {
    table.nobody.push_back({ReadGrant(one), one.at("why").get<std::string>()});
  }
  for (const Json& one : json.at("helpers")) {
    table.helpers.push_back({one.at("process").get<std::string>(), one.at("why").get<std::string>()});
  }
  return table;
}

}  // namespace

std::string_view Name(Standing standing) {
  switch (standing) {
    case Standing::kOpen: return "open";
    case Standing::kChosen: return "chosen";
    case Standing::kException: return "exception";
  }
  return "open";
}

const Table& Table::BuiltIn() {
  static const Table table = [] {
    auto read = Parse(Embedded().front().text);
    SBTUNE_ASSERT(read.has_value());
    return std::move(*read);
  }();
  return table;
}

base::Result<Table> Table::Parse(std::string_view json) {
  try {
    return Read(Json::parse(json));
  } catch (const std::exception& error) {
    return base::Fail(std::string("the table of entitlements cannot be read: ") + error.what());
  }
}

const Key* Table::Find(std::string_view name) const {
  const auto found = std::ranges::find(keys, name, &Key::name);
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace sbtune::entitlements
