#include "profiles/sbpl/decide/implicit.h"

#include <algorithm>
#include <optional>

namespace sbtune::sbpl {
namespace {

using access::Action;
using catalog::Catalog;
using catalog::Operation;

Filter Target(std::int64_t number, std::string name) {
  return {"target", "target", {{number, std::move(name), {}}}, {}, {}};
}

Filter Text(std::string name, std::string spelled, std::string text) {
  return {std::move(name), std::move(spelled), {{std::move(text), "", {}}}, {}, {}};
}

Rule Make(Action action, std::string operation, std::vector<Filter> filters) {
  Rule rule;
  rule.action = action;
  rule.operations = {{operation, operation, {}}};
  rule.filters = std::move(filters);
  rule.implicit = true;
  return rule;
}

// Whether deciding the operation can end in `wanted` for some target: any filtered rule of the chain may match.
bool CanReturn(Action wanted, std::string_view name, const std::vector<Rule>& rules, const Catalog& catalog) {
  for (const Operation* at = catalog.FindLoggedOperation(name); at != nullptr; at = catalog.Parent(*at)) {
    std::optional<Action> plain;
    for (const Rule& rule : rules) {
      if (std::ranges::find(rule.operations, at->name, &RuleOperation::name) == rule.operations.end()) continue;
      if (rule.filters.empty()) plain = rule.action;
      if (!rule.filters.empty() && rule.action == wanted) return true;
    }
    if (plain) return *plain == wanted;
    if (at->default_allowed || at->terminal == catalog::Terminal::kAllowed) return wanted == Action::kAllow;
    if (at->terminal == catalog::Terminal::kDenied) return wanted == Action::kDeny;
  }
  return false;
}

}  // namespace

std::vector<Rule> ImplicitRules(const std::vector<Rule>& profile, const Catalog& catalog) {
  std::vector<Rule> rules;
  if (!catalog.IsAtLeast("10.12")) {
    if (CanReturn(Action::kAllow, "mach-lookup", profile, catalog)) {
      rules.push_back(Make(Action::kAllow, "mach-bootstrap", {}));
    }
    if (!CanReturn(Action::kDeny, "file-read*", profile, catalog)) {
      rules.push_back(Make(Action::kAllow, "network-outbound",
                           {Text("path-regex", "regex", "^/private/tmp/\\.webdavUDS\\.[^/]+$")}));
    }
  }
  if (!catalog.IsAtLeast("10.13")) {
    rules.push_back(Make(Action::kDeny, "network-outbound",
                         {Text("path", "literal", "/private/var/tmp/launchd/sock"),
                          Text("path-regex", "regex", "^/private/tmp/launchd-[0-9]+\\.[^/]+/sock$")}));
  }
  std::vector<std::string> own = {"signal"};
  if (catalog.IsAtLeast("10.13")) own.push_back("mach-task-name");
  // Seen in profiles compiled on 14.4.1; versions between 10.15 and that one are not known.
  if (catalog.IsAtLeast("14.4")) own.insert(own.end(), {"mach-task-inspect", "mach-task-read"});
  for (std::string& operation : own) rules.push_back(Make(Action::kAllow, std::move(operation), {Target(1, "self")}));
  return rules;
}

}  // namespace sbtune::sbpl
