#include "profiles/entitlements/matching.h"

#include <algorithm>

#include "profiles/catalog/glob.h"
#include "profiles/sbpl/query.h"

namespace sbtune::entitlements {
namespace {

constexpr std::string_view kGroups = "~/Library/Group Containers/";
constexpr std::string_view kClouds = "~/Library/Mobile Documents/";

// Bytes of "/Users/NAME" at the start of the path; an app's own view of it lies in its container.
std::size_t HomeLength(std::string_view path) {
  constexpr std::string_view kRoot = "/private/var/root";
  if (path.starts_with(kRoot) && path.substr(kRoot.size()).starts_with('/')) return kRoot.size();
  if (!path.starts_with("/Users/") || path.starts_with("/Users/Shared")) return 0;
  const std::size_t end = path.find('/', 7);
  return end == std::string_view::npos || end == 7 ? 0 : end;
}

// The one fact by which the operation's rules choose, where the target is no path.
std::optional<std::string> NameOf(const sbpl::Query& query) {
  const bool by_property = query.operation.starts_with("iokit-set-propert");
  for (const auto& [name, values] : query.facts) {
    if ((name == "iokit-property") == by_property && !values.empty()) return values.front();
  }
  return query.raw_target;
}

// A sandbox extension is issued by whoever may have the access itself.
std::string_view AccessOf(const tune::Evidence& evidence) {
  if (!evidence.operation.starts_with("file-issue-extension")) return evidence.operation;
  const bool writes = evidence.target && evidence.target->find("read-write") != std::string::npos;
  return writes ? "file-write-data" : "file-read-data";
}

// "AB12CD34EF.com.example.port", "group.com.example.port"
bool BeginsAsGroup(std::string_view name) {
  constexpr std::size_t kTeam = 10;
  if (name.starts_with("group.")) return true;
  return name.size() > kTeam && name[kTeam] == '.' && std::ranges::all_of(name.substr(0, kTeam), [](unsigned char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

// The group that a service's name shows: all but its last word, and but the word before a number, which is a
// process's own ("GROUP.port.4711").
std::optional<std::string> GroupOf(std::string_view name) {
  const std::size_t last = name.rfind('.');
  const std::string_view word = name.substr(last + 1);
  name = name.substr(0, last);
  if (!word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos) name = name.substr(0, name.rfind('.'));
  return BeginsAsGroup(name) ? std::optional(std::string(name)) : std::nullopt;
}

bool Matches(const std::string& pattern, const Subject& subject) {
  if (!subject.text) return false;
  if (pattern == "@ip") return !subject.is_path;
  if (pattern == "@group") return !subject.is_path && GroupOf(*subject.text).has_value();
  const std::string text = catalog::FoldCase(*subject.text);
  const std::string folded = catalog::FoldCase(pattern);
  if (!folded.ends_with("/**")) return catalog::GlobMatches(folded, text);
  const std::string folder = folded.substr(0, folded.size() - 3);
  return (folder.empty() && subject.is_path) || catalog::GlobMatches(folder, text) ||
         catalog::GlobMatches(folder + "/*", text);
}

bool HasAncestor(const catalog::Operation* operation, const std::string& name, const catalog::Catalog& catalog) {
  const auto found = catalog.FindOperation(name);  // some are aliases in some versions: iokit-open
  if (!found || found->operation == nullptr) return false;
  for (; operation != nullptr; operation = catalog.Parent(*operation)) {
    if (operation == found->operation) return true;
  }
  return false;
}

// Whether a path of the list, which stands for a folder when it ends in a slash, takes in the path.
bool PathHolds(const std::string& entry, const std::string& path) {
  return entry.ends_with('/') ? path.starts_with(entry) || path + "/" == entry : path == entry;
}

// The name of the folder of `root` in which the path lies.
std::optional<std::string> FolderBelow(std::string_view root, std::string_view path) {
  if (!path.starts_with(root) || path.size() == root.size()) return std::nullopt;
  path.remove_prefix(root.size());
  return std::string(path.substr(0, path.find('/')));
}

}  // namespace

Subject SubjectOf(const tune::Evidence& evidence, const catalog::Catalog& catalog) {
  Subject subject;
  const std::string_view access = AccessOf(evidence);
  subject.operation = catalog.FindLoggedOperation(access);
  const sbpl::Query query = sbpl::QueryFromAccess(evidence.operation, evidence.target);
  if (!query.path) {
    subject.text = NameOf(query);
    return subject;
  }
  subject.is_path = true;
  const std::size_t home = HomeLength(*query.path);
  subject.home = query.path->substr(0, home);
  subject.text = home == 0 ? *query.path : "~" + query.path->substr(home);
  return subject;
}

namespace {

bool Names(const Grant& grant, const Subject& subject, const catalog::Catalog& catalog) {
  return std::ranges::any_of(grant.operations,
                             [&](const std::string& name) { return HasAncestor(subject.operation, name, catalog); });
}

}  // namespace

bool Concerns(const Key& key, const Subject& subject, const catalog::Catalog& catalog) {
  return std::ranges::any_of(key.grants, [&](const Grant& grant) { return Names(grant, subject, catalog); });
}

bool Covers(const Grant& grant, const Subject& subject, const catalog::Catalog& catalog) {
  const bool operation = Names(grant, subject, catalog);
  if (!operation || grant.targets.empty()) return operation;
  return std::ranges::any_of(grant.targets, [&](const std::string& pattern) { return Matches(pattern, subject); });
}

bool Grants(const Key& key, const Subject& subject, const catalog::Catalog& catalog) {
  return std::ranges::any_of(key.grants, [&](const Grant& grant) { return Covers(grant, subject, catalog); });
}

std::optional<std::string> ListValue(const Key& key, const Subject& subject) {
  if (key.value == ValueKind::kTrue || !subject.text) return std::nullopt;
  switch (key.value) {
    case ValueKind::kTrue: break;
    case ValueKind::kName:
    case ValueKind::kPath: return *subject.text;
    case ValueKind::kHomePath: return subject.text->substr(1);
    case ValueKind::kGroup: return subject.is_path ? FolderBelow(kGroups, *subject.text) : GroupOf(*subject.text);
    case ValueKind::kCloud: {
      auto name = FolderBelow(kClouds, *subject.text);
      if (name) std::ranges::replace(*name, '~', '.');  // iCloud~com~example is iCloud.com.example's folder
      return name;
    }
  }
  return std::nullopt;
}

namespace {

bool HoldsUnder(const std::string& name, const PropertyList& list, const Key& key, const Subject& subject) {
  if (key.value == ValueKind::kTrue) return list.IsOn(name);
  const Value* const value = list.Find(name);
  const std::optional<std::string> wanted = ListValue(key, subject);
  if (value == nullptr || !wanted) return false;
  const bool paths = key.value == ValueKind::kPath || key.value == ValueKind::kHomePath;
  const bool service = key.value == ValueKind::kGroup && !subject.is_path;
  return std::ranges::any_of(value->strings, [&](const std::string& one) {
    if (service) return subject.text->starts_with(one + ".");
    return paths ? PathHolds(one, *wanted) : one == *wanted;
  });
}

}  // namespace

std::optional<std::string> HeldAs(const PropertyList& list, const Key& key, const Subject& subject) {
  if (HoldsUnder(key.name, list, key, subject)) return key.name;
  for (const std::string& name : key.same) {
    if (HoldsUnder(name, list, key, subject)) return name;
  }
  return std::nullopt;
}

}  // namespace sbtune::entitlements
