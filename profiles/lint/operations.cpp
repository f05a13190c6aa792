// Rules on operations where the table of operations has a surprise: what a wildcard does not reach, what the
// system adds by itself, and what a wide permission to write gives away.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "profiles/lint/context.h"

namespace sbtune::lint {
namespace {

using access::Action;
using catalog::Operation;
using catalog::Terminal;

bool NamedAnywhere(const sbpl::Profile& profile, std::string_view name) {
  return std::ranges::any_of(profile.rules, [&](const sbpl::Rule& rule) {
    return std::ranges::any_of(rule.operations, [&](const auto& operation) { return operation.name == name; });
  });
}

bool IsAllowedByDefault(const Operation& operation) {
  return operation.default_allowed || operation.terminal == Terminal::kAllowed;
}

// Whether the operation is allowed by default although a rule denies its ancestor. Below an ancestor that is itself
// allowed by default (process-info* and its children) nobody has shown which of them the system names, so those
// are left alone.
bool Misses(const catalog::Catalog& catalog, const Operation& denied, const Operation& operation) {
  if (!IsAllowedByDefault(operation) || IsAllowedByDefault(denied)) return false;
  for (const Operation* at = catalog.Parent(operation); at != nullptr; at = catalog.Parent(*at)) {
    if (at == &denied) return true;
    if (IsAllowedByDefault(*at)) return false;
  }
  return false;
}

std::string Listed(const std::vector<std::string_view>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i == 0 ? "" : ", ") + std::string(names[i]);
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

// (deny file*) leaves file-clone allowed: version 1 allows it unless a rule names exactly it. (deny default) does so
// in every profile, which is known and not worth a word.
void CheckDenyReach(Context& context, const sbpl::Rule& rule) {
  if (rule.action != Action::kDeny) return;
  for (const sbpl::RuleOperation& named : rule.operations) {
    const auto found = context.catalog.FindOperation(named.name);
    if (!found || found->operation == nullptr || named.name == "default") continue;
    std::vector<std::string_view> missed;
    for (const Operation& operation : context.catalog.operations()) {
      if (operation.only_newer || operation.only_older || NamedAnywhere(context.profile, operation.name)) continue;
      if (Misses(context.catalog, *found->operation, operation)) missed.push_back(operation.name);
    }
    if (missed.empty()) continue;
    context.Add({"deny-misses-leaf",
                 fmt::format("this deny of {} does not reach {}, which {} allowed", named.spelled, Listed(missed, 4),
                             missed.size() == 1 ? "stays" : "stay"),
                 named.range, rule.frames,
                 fmt::format("name them: (deny {})", Listed({missed.front()}, 1))});
  }
}

// (allow default) and (allow file*) do not grant operations that ask no parent and are denied.
void CheckAllowReach(Context& context, const sbpl::Rule& rule) {
  if (rule.action != Action::kAllow || !rule.filters.empty()) return;
  for (const sbpl::RuleOperation& named : rule.operations) {
    if (named.name != "default" && named.name != "file*" && named.name != "file-write*") continue;
    const auto setugid = context.catalog.FindOperation("file-write-setugid");
    if (!setugid || setugid->operation == nullptr || setugid->operation->terminal != Terminal::kDenied) continue;
    if (NamedAnywhere(context.profile, "file-write-setugid")) continue;
    context.Add({"terminal-operation",
                 fmt::format("(allow {}) does not allow file-write-setugid, which asks no other operation", named.spelled),
                 named.range, rule.frames, "if set-user-ID files must be written, name it: (allow file-write-setugid)"});
  }
}

// Folders so wide that writing below them is writing nearly everywhere.
bool IsWide(std::string_view path) {
  static const std::set<std::string_view> kWide = {"/", "/Users", "/System", "/Library", "/private", "/private/var",
                                                   "/Applications", "/Volumes", "/usr", "/opt", "/private/etc"};
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (kWide.contains(path)) return true;
  const bool below_users = path.starts_with("/Users/");
  return below_users && (path.find('/', 7) == std::string_view::npos || path.substr(path.find('/', 7)) == "/Library");
}

// The filter that makes the rule wide, or null; `whole` when the rule has no filter at all.
const sbpl::Filter* WideFilter(const sbpl::Rule& rule) {
  for (const sbpl::Filter& filter : rule.filters) {
    if (filter.name != "subpath" && filter.name != "path-prefix") continue;
    if (std::ranges::any_of(filter.arguments, [](const auto& argument) { return IsWide(TextOf(argument)); })) return &filter;
  }
  return nullptr;
}

void CheckWildcardWrite(Context& context, const sbpl::Rule& rule) {
  if (rule.action != Action::kAllow) return;
  const auto named = std::ranges::find_if(rule.operations, [](const sbpl::RuleOperation& operation) {
    return operation.name == "file*" || operation.name == "file-write*";
  });
  if (named == rule.operations.end()) return;
  const bool reports = std::ranges::any_of(rule.modifiers, [](const sbpl::Modifier& m) { return m.name == "report"; });
  const sbpl::Filter* wide = WideFilter(rule);
  if (reports || (wide == nullptr && !rule.filters.empty())) return;
  Report report{"wildcard-write",
                fmt::format("(allow {}) without a filter allows every write, and leaves no trace", named->spelled),
                named->range, rule.frames, "narrow it to what is needed, or add (with report) and see what uses it"};
  if (wide != nullptr) {
    report.message = "this allows every write below a very wide folder, and leaves no trace";
    report.range = wide->range;
    report.severity = base::Severity::kNote;
  }
  context.Add(std::move(report));
}

void CheckVersions(Context& context, const sbpl::Rule& rule) {
  for (const sbpl::RuleOperation& named : rule.operations) {
    const auto found = context.catalog.FindOperation(named.name);
    if (!found || found->operation == nullptr) continue;
    if (found->operation->only_newer) {
      context.Add({"operation-newer", fmt::format("macOS {} does not know '{}': it refuses the profile", context.catalog.version(), named.spelled),
                   named.range, rule.frames, fmt::format("guard it: (when (defined? '{}) …)", named.spelled)});
    } else if (found->operation->only_older) {
      context.Add({"operation-older", fmt::format("macOS {} no longer has '{}'", context.catalog.version(), named.spelled),
                   named.range, rule.frames, ""});
    }
  }
}

}  // namespace

void CheckOperations(Context& context) {
  for (const sbpl::Rule& rule : context.profile.rules) {
    CheckDenyReach(context, rule);
    CheckAllowReach(context, rule);
    CheckWildcardWrite(context, rule);
    CheckVersions(context, rule);
  }
}

}  // namespace sbtune::lint
