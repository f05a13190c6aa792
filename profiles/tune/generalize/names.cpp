#include "profiles/tune/generalize/names.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "profiles/catalog/glob.h"
#include "profiles/sbpl/edit/string_literal.h"
#include "profiles/tune/generalize/filter_text.h"
#include "profiles/tune/generalize/name_pattern.h"

namespace sbtune::tune {
namespace {

constexpr std::size_t kNamesNeeded = 3;
constexpr std::size_t kPartsNeeded = 3;

using Family = std::vector<const NameDenial*>;  // of one operation and filter, by name

std::vector<NameSeen> Seen(const Family& family) {
  std::vector<NameSeen> names;
  for (const NameDenial* denial : family) names.push_back({denial->name, denial->runs, false});
  return names;
}

std::size_t RunsOf(const Family& family) {
  std::set<std::uint32_t> runs;
  for (const NameDenial* denial : family) runs.insert(denial->runs.begin(), denial->runs.end());
  return runs.size();
}

// "com.example.tool." of "com.example.tool.helper.3": everything up to the dot behind `parts` parts.
std::string_view Beginning(std::string_view name, std::size_t parts) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < parts; ++i) {
    const std::size_t dot = name.find('.', end);
    if (dot == std::string_view::npos) return {};
    end = dot + 1;
  }
  return name.substr(0, end);
}

class Widener {
 public:
  Widener(const Family& family, const catalog::Catalog& catalog) : family_(family), catalog_(catalog) {}

  std::vector<NameRule> Run() {
    taken_.assign(family_.size(), false);
    if (const catalog::Filter* regex = Derived("-regex")) Shapes(*regex);
    if (const catalog::Filter* prefix = Derived("-prefix")) Prefixes(*prefix);
    return std::move(rules_);
  }

 private:
  const catalog::Filter* Derived(std::string_view ending) const {
    const catalog::Filter* filter = catalog_.FindFilter(family_.front()->filter + std::string(ending));
    return filter != nullptr && catalog_.Applies(*filter, *family_.front()->operation) ? filter : nullptr;
  }

  void Add(const catalog::Filter& filter, std::string value, std::string text, std::string opens,
           const std::vector<std::size_t>& members) {
    NameRule rule{family_.front()->operation,
                  {std::string(filter.name), std::string(filter.name), {{std::move(value), std::move(text), {}}}, {}, {}},
                  std::move(opens),
                  {}};
    for (const std::size_t member : members) {
      taken_[member] = true;
      rule.covers.push_back(family_[member]->id);
    }
    std::sort(rule.covers.begin(), rule.covers.end());
    rules_.push_back(std::move(rule));
  }

  void Shapes(const catalog::Filter& filter) {
    for (const NameGroup& group : FindGroups(Seen(family_), RunsOf(family_))) {
      if (IsTooOpen(group.pattern)) continue;
      std::string regex = "^" + group.pattern.Regex() + "$";
      std::string text = RegexLiteral(regex);
      Add(filter, std::move(regex), std::move(text), "every name of the form " + group.pattern.Describe(),
          group.members);
    }
  }

  // Random letters may spell a word. Among dotted names they need a maker and a product in front of them, and the system's
  // own have neither: "com.apple.<random 8>" would be every service of one word.
  static bool IsTooOpen(const NamePattern& pattern) {
    std::string fixed;
    for (const NamePiece& piece : pattern.pieces) {
      if (piece.kind == NamePiece::Kind::kRandom) {
        const auto dots = std::count(fixed.begin(), fixed.end(), '.');
        return fixed.empty() || catalog::FoldCase(fixed).starts_with("com.apple.") || dots == 1 || dots == 2;
      }
      fixed += piece.text;
    }
    return false;
  }

  // The longest beginnings first: a narrower prefix that has names enough is better than a wider one.
  void Prefixes(const catalog::Filter& filter) {
    std::size_t most_parts = 0;
    for (const NameDenial* denial : family_) {
      most_parts = std::max(most_parts, static_cast<std::size_t>(std::count(denial->name.begin(), denial->name.end(), '.')));
    }
    for (std::size_t parts = std::min<std::size_t>(most_parts, 16); parts >= kPartsNeeded; --parts) {
      std::map<std::string_view, std::vector<std::size_t>> groups;
      for (std::size_t i = 0; i < family_.size(); ++i) {
        const std::string_view beginning = Beginning(family_[i]->name, parts);
        const bool fits = !taken_[i] && !beginning.empty() && !beginning.starts_with("com.apple.");
        if (fits) groups[beginning].push_back(i);
      }
      for (const auto& [beginning, members] : groups) {
        const auto text = sbpl::StringLiteral(beginning);
        if (members.size() < kNamesNeeded || !Varies(members) || !text) continue;
        Add(filter, std::string(beginning), *text, fmt::format("every name that begins with {}", beginning), members);
      }
    }
  }

  // Seen in several runs, and not the same names in each.
  bool Varies(const std::vector<std::size_t>& members) const {
    std::set<std::uint32_t> runs;
    std::size_t sightings = 0;
    for (const std::size_t member : members) {
      runs.insert(family_[member]->runs.begin(), family_[member]->runs.end());
      sightings += family_[member]->runs.size();
    }
    return runs.size() >= 2 && sightings * 4 <= members.size() * RunsOf(family_) * 3;
  }

  const Family& family_;
  const catalog::Catalog& catalog_;
  std::vector<bool> taken_;
  std::vector<NameRule> rules_;
};

}  // namespace

std::vector<NameRule> GeneralizeNames(std::span<const NameDenial> denials, const catalog::Catalog& catalog) {
  std::map<std::pair<std::string_view, std::string_view>, Family> families;
  for (const NameDenial& denial : denials) families[{denial.operation->name, denial.filter}].push_back(&denial);
  std::vector<NameRule> rules;
  for (auto& [key, family] : families) {
    std::sort(family.begin(), family.end(), [](const NameDenial* a, const NameDenial* b) { return a->name < b->name; });
    for (NameRule& rule : Widener(family, catalog).Run()) rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace sbtune::tune
