#include <nlohmann/json.hpp>

#include "profiles/sbpl/facts.h"

namespace sbtune::sbpl {
namespace {

using Json = nlohmann::json;

void Add(std::vector<Fact>& facts, const std::string& value) {
  facts.push_back({Fact::Kind::kHolds, "entitlement", value});
}

// One entitlement. What an object or a fraction holds no filter can ask for: only its presence counts.
void AddEntitlement(std::vector<Fact>& facts, const std::string& name, const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      facts.push_back({value.get<bool>() ? Fact::Kind::kHolds : Fact::Kind::kDoesNotHold, "entitlement", name});
      return;
    case Json::value_t::string: return Add(facts, name + ":" + value.get<std::string>());
    case Json::value_t::number_integer: return Add(facts, name + ":" + std::to_string(value.get<std::int64_t>()));
    case Json::value_t::number_unsigned: return Add(facts, name + ":" + std::to_string(value.get<std::uint64_t>()));
    case Json::value_t::array:
      Add(facts, name + ":");  // present even when empty
      for (const Json& item : value) {
        if (item.is_string()) Add(facts, name + ":" + item.get<std::string>());
      }
      return;
    case Json::value_t::object:
    case Json::value_t::number_float: return Add(facts, name + ":");
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded: return;
  }
}

}  // namespace

base::Result<std::vector<Fact>> FactsFromEntitlements(std::string_view json) {
  const Json object = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return base::Fail("the entitlements are not a JSON object");
  std::vector<Fact> facts;
  for (const auto& [name, value] : object.items()) AddEntitlement(facts, name, value);
  facts.push_back({Fact::Kind::kNothingElse, "entitlement", ""});
  return facts;
}

}  // namespace sbtune::sbpl
