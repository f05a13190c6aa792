// Rules made by hand, for tests of the decision engine that must not depend on the language.
//
//   Profile profile = test::MakeProfile({test::Deny({"default"}), test::Allow({"file-read*"}, {test::Subpath("/a")})});
#pragma once

#include <string>
#include <vector>

#include "profiles/sbpl/profile.h"

namespace sbtune::test {

using sbpl::Filter;
using sbpl::Rule;

inline Filter Text(std::string name, std::vector<std::string> values) {
  Filter filter{name, name, {}, {}, {}};
  for (std::string& value : values) filter.arguments.push_back({std::move(value), "", {}});
  return filter;
}
inline Filter Number(std::string name, std::vector<std::int64_t> values) {
  Filter filter{name, name, {}, {}, {}};
  for (const std::int64_t value : values) filter.arguments.push_back({value, "", {}});
  return filter;
}
inline Filter Literal(std::string path) { return Text("path", {std::move(path)}); }
inline Filter Subpath(std::string path) { return Text("subpath", {std::move(path)}); }
inline Filter Prefix(std::string path) { return Text("path-prefix", {std::move(path)}); }
inline Filter RegexFilter(std::string expression) { return Text("path-regex", {std::move(expression)}); }
inline Filter GlobalName(std::string name) { return Text("global-name", {std::move(name)}); }
// 3 ip, 7 tcp, 11 udp, 5 tcp4, …
inline Filter Network(std::string end, std::int64_t protocol, std::string address) {
  return {end, end, {{protocol, "", {}}, {std::move(address), "", {}}}, {}, {}};
}
inline Filter Combine(std::string name, std::vector<Filter> filters) { return {name, name, {}, std::move(filters), {}}; }
inline Filter All(std::vector<Filter> filters) { return Combine("require-all", std::move(filters)); }
inline Filter Any(std::vector<Filter> filters) { return Combine("require-any", std::move(filters)); }
inline Filter Not(Filter filter) { return Combine("require-not", {std::move(filter)}); }

inline Rule Make(access::Action action, std::vector<std::string> operations, std::vector<Filter> filters) {
  Rule rule;
  rule.action = action;
  for (std::string& name : operations) rule.operations.push_back({name, name, {}});
  rule.filters = std::move(filters);
  return rule;
}
inline Rule Allow(std::vector<std::string> operations, std::vector<Filter> filters = {}) {
  return Make(access::Action::kAllow, std::move(operations), std::move(filters));
}
inline Rule Deny(std::vector<std::string> operations, std::vector<Filter> filters = {}) {
  return Make(access::Action::kDeny, std::move(operations), std::move(filters));
}

inline sbpl::Profile MakeProfile(std::vector<Rule> rules, std::string macos = "") {
  sbpl::Profile profile;
  profile.rules = std::move(rules);
  profile.macos = std::move(macos);
  profile.version = 1;
  return profile;
}

}  // namespace sbtune::test
