#include "profiles/tune/generalize/deny_guard.h"

#include <algorithm>

#include "profiles/catalog/glob.h"
#include "profiles/sbpl/regex.h"
#include "profiles/tune/generalize/filter_reach.h"

namespace sbtune::tune {
namespace {

// The text that every path of the filter begins with.
std::string FixedBeginning(const PathFilter& filter, std::string_view value) {
  std::string fixed(value == "/" ? "" : value);
  for (const NamePattern& step : filter.steps) {
    fixed += '/';
    if (!step.IsPlain()) {
      if (step.pieces.front().kind == NamePiece::Kind::kText) fixed += step.pieces.front().text;
      return fixed;
    }
    fixed += step.PlainText();
  }
  return fixed;
}

bool OneBeginsTheOther(std::string_view a, std::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  return a.substr(0, size) == b.substr(0, size);
}

class Meeting {
 public:
  Meeting(const PathFilter& filter, std::string_view value, const catalog::Places& places)
      : filter_(Folded(filter)), value_(catalog::FoldCase(value)), places_(places),
        beginning_(catalog::FoldCase(FixedBeginning(filter, value))) {}

  // Recursion is bounded by the depth of the filter, which the loader limits.
  [[nodiscard]] bool With(const sbpl::Filter& deny) const {
    const auto with = [this](const sbpl::Filter& inner) { return With(inner); };
    if (deny.name == "require-all") return std::all_of(deny.subfilters.begin(), deny.subfilters.end(), with);
    if (deny.name == "require-any") return std::any_of(deny.subfilters.begin(), deny.subfilters.end(), with);
    const bool known = deny.name == "path" || deny.name == "subpath" || deny.name == "path-prefix" ||
                       deny.name == "path-regex";
    if (!known) return true;
    return std::any_of(deny.arguments.begin(), deny.arguments.end(), [&](const sbpl::Argument& argument) {
      const auto* text = std::get_if<std::string>(&argument.value);
      return text == nullptr || WithText(deny.name, *text);
    });
  }

 private:
  [[nodiscard]] bool WithText(std::string_view kind, const std::string& text) const {
    const std::string folded = catalog::FoldCase(text);
    if (kind == "path-regex") {
      const auto syntax = sbpl::ParseRegex(text, sbpl::RegexCase::kFold);
      return !syntax || OneBeginsTheOther(catalog::FoldCase(syntax->prefix), beginning_);
    }
    if (kind == "path-prefix") return OneBeginsTheOther(folded, beginning_);
    if (kind == "subpath") {
      return Lets(text) || Touches(beginning_, folded) ||
             (filter_.kind == FilterKind::kShape && OneBeginsTheOther(folded, beginning_));
    }
    return Lets(text);
  }

  // Whether `path` is the folder or lies in it.
  static bool Touches(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/' || folder == "/");
  }

  // By the fixed text for folders; in lower case, as volumes compare.
  [[nodiscard]] bool Lets(const std::string& path) const {
    const std::string folded = catalog::FoldCase(path);
    if (filter_.kind == FilterKind::kTree) return Touches(folded, beginning_);
    return tune::Lets(filter_, value_, folded, places_);
  }

  PathFilter filter_;
  std::string value_;
  const catalog::Places& places_;
  std::string beginning_;
};

// Whether a deny may concern a name that begins with `beginning` (in lower case), under a filter of the kind `base`.
// Recursion as above.
bool MayDeny(const sbpl::Filter& deny, std::string_view base, std::string_view beginning) {
  const auto may = [&](const sbpl::Filter& inner) { return MayDeny(inner, base, beginning); };
  if (deny.name == "require-all") return std::all_of(deny.subfilters.begin(), deny.subfilters.end(), may);
  if (deny.name == "require-any") return std::any_of(deny.subfilters.begin(), deny.subfilters.end(), may);
  if (deny.name.substr(0, base.size()) != base) return true;
  const std::string_view kind = std::string_view(deny.name).substr(base.size());
  return std::any_of(deny.arguments.begin(), deny.arguments.end(), [&](const sbpl::Argument& argument) {
    const auto* text = std::get_if<std::string>(&argument.value);
    if (text == nullptr) return true;
    if (kind.empty()) return catalog::FoldCase(*text).starts_with(beginning);
    if (kind == "-prefix") return OneBeginsTheOther(catalog::FoldCase(*text), beginning);
    const auto syntax = sbpl::ParseRegex(*text, sbpl::RegexCase::kFold);
    return !syntax || OneBeginsTheOther(catalog::FoldCase(syntax->prefix), beginning);
  });
}

}  // namespace

DenyGuard::DenyGuard(const sbpl::Profile& profile, const catalog::Catalog& catalog, const catalog::Places& places)
    : profile_(&profile), catalog_(&catalog), places_(&places) {}

// A rule for a leaf goes before every rule for its parents, so denies of those count as well.
const std::vector<const sbpl::Filter*>& DenyGuard::DeniesFor(std::string_view operation) {
  const auto found = denies_.find(operation);
  if (found != denies_.end()) return found->second;
  std::vector<const sbpl::Filter*>& denies = denies_[std::string(operation)];
  std::vector<std::string_view> names;
  const auto known = catalog_->FindOperation(operation);
  for (const catalog::Operation* at = known ? known->operation : nullptr; at != nullptr; at = catalog_->Parent(*at)) {
    names.push_back(at->name);
  }
  for (const sbpl::Rule& rule : profile_->rules) {
    if (rule.action != access::Action::kDeny) continue;
    const bool concerns = std::any_of(rule.operations.begin(), rule.operations.end(), [&](const auto& named) {
      return std::find(names.begin(), names.end(), named.name) != names.end();
    });
    if (!concerns) continue;
    for (const sbpl::Filter& filter : rule.filters) denies.push_back(&filter);
  }
  return denies;
}

bool DenyGuard::Meets(std::string_view operation, const PathFilter& filter, std::string_view value) {
  const std::vector<const sbpl::Filter*>& denies = DeniesFor(operation);
  if (denies.empty()) return false;
  const Meeting meeting(filter, value, *places_);
  return std::any_of(denies.begin(), denies.end(), [&](const sbpl::Filter* deny) { return meeting.With(*deny); });
}

bool DenyGuard::MeetsName(std::string_view operation, const sbpl::Filter& wide) {
  const std::size_t dash = std::min(wide.name.rfind('-'), wide.name.size());
  const std::string ending = wide.name.substr(dash);
  const auto* text = std::get_if<std::string>(&wide.arguments.front().value);
  std::string beginning;
  if (text != nullptr && ending == "-prefix") beginning = catalog::FoldCase(*text);
  if (text != nullptr && ending == "-regex") {
    const auto syntax = sbpl::ParseRegex(*text, sbpl::RegexCase::kFold);
    if (syntax) beginning = catalog::FoldCase(syntax->prefix);
  }
  const std::string_view base = std::string_view(wide.name).substr(0, dash);
  const std::vector<const sbpl::Filter*>& denies = DeniesFor(operation);
  return std::any_of(denies.begin(), denies.end(),
                     [&](const sbpl::Filter* deny) { return MayDeny(*deny, base, beginning); });
}

bool DenyGuard::HasDenies(std::string_view operation) { return !DeniesFor(operation).empty(); }

}  // namespace sbtune::tune
