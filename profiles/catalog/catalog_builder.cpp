#include "profiles/catalog/catalog_builder.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "embedded/sbtune_catalog.h"

namespace sbtune::catalog {
namespace {

using Json = nlohmann::json;

ArgumentType ArgumentFromName(std::string_view name) {
  if (name == "path") return ArgumentType::kPath;
  if (name == "integer") return ArgumentType::kInteger;
  if (name == "bitfield") return ArgumentType::kBitfield;
  if (name == "network") return ArgumentType::kNetwork;
  if (name == "none") return ArgumentType::kNone;
  SBTUNE_ASSERT(name == "string");
  return ArgumentType::kString;
}

MatchKind MatchOfDerived(std::string_view name) {
  if (name.ends_with("-regex")) return MatchKind::kRegex;
  if (name.ends_with("-prefix")) return MatchKind::kPrefix;
  SBTUNE_ASSERT(name.ends_with("subpath"));
  return MatchKind::kSubpath;
}

}  // namespace

// Reads one version out of the data. Absent fields of an entry mean no, none, empty.
class CatalogBuilder {
 public:
  CatalogBuilder(const Json& data, std::span<const std::string_view> versions, std::size_t version)
      : data_(data), versions_(versions), version_(version) {}

  std::unique_ptr<const Catalog> Build() {
    catalog_.version_ = versions_[version_];
    AddOperations();
    AddFilters();
    AddModifiers();
    Catalog::Index index;
    IndexOperations(index);
    IndexFilters(index);
    IndexModifiers(index);
    catalog_.index_ = std::make_unique<const Catalog::Index>(std::move(index));
    return std::make_unique<const Catalog>(std::move(catalog_));
  }

 private:
  // Views into the data, which outlives every catalog.
  static std::string_view Text(const Json& text) { return text.get_ref<const std::string&>(); }
  static std::string_view TextAt(const Json& entry, const char* key) {
    const auto found = entry.find(key);
    return found == entry.end() ? std::string_view() : Text(*found);
  }

  std::size_t VersionIndex(std::string_view name) const {
    const auto found = std::find(versions_.begin(), versions_.end(), name);
    SBTUNE_ASSERT(found != versions_.end());
    return static_cast<std::size_t>(found - versions_.begin());
  }

  // "10.9-10.10 12.5-": calls `visit(first, last)` for each run.
  template <typename Visit>
  void ForEachRun(std::string_view runs, Visit visit) const {
    while (!runs.empty()) {
      const std::string_view run = runs.substr(0, runs.find(' '));
      runs.remove_prefix(std::min(runs.size(), run.size() + 1));
      const std::size_t dash = run.find('-');
      const std::string_view last = run.substr(dash + 1);
      visit(VersionIndex(run.substr(0, dash)), last.empty() ? versions_.size() - 1 : VersionIndex(last));
    }
  }

  bool Has(const Json& entry, const char* key, std::size_t version) {
    bool inside = false;
    ForEachRun(TextAt(entry, key), [&](std::size_t first, std::size_t last) {
      inside = inside || (version >= first && version <= last);
    });
    return inside;
  }

  // An operation that the selected version lacks is read as in the nearest version that has it, newer first.
  std::size_t NearestVersionWith(const Json& entry) {
    for (std::size_t v = version_; v < versions_.size(); ++v) {
      if (Has(entry, "in", v)) return v;
    }
    for (std::size_t v = version_; v-- > 0;) {
      if (Has(entry, "in", v)) return v;
    }
    SBTUNE_ASSERT(!"an operation without a version");
    return version_;
  }

  void AddOperations() {
    for (const Json& entry : data_["operations"]) {
      Operation operation;
      const std::size_t version = NearestVersionWith(entry);
      operation.name = TextAt(entry, "name");
      operation.only_newer = version > version_;
      operation.only_older = version < version_;
      operation.inferred = entry.contains("inferred");
      operation.parent = TextAt(entry, "parent");
      if (const auto parents = entry.find("parents"); parents != entry.end()) {
        const auto other = parents->find(versions_[version]);
        if (other != parents->end()) operation.parent = Text(*other);
      }
      if (Has(entry, "terminal_deny", version)) operation.terminal = Terminal::kDenied;
      if (Has(entry, "terminal_allow", version)) operation.terminal = Terminal::kAllowed;
      operation.default_allowed = Has(entry, "default_allowed", version);
      if (operation.terminal != Terminal::kNo) operation.parent = {};
      SBTUNE_ASSERT(operation.terminal != Terminal::kNo || !operation.parent.empty());
      operation.filters = TextsAt(entry, "filters");
      operation.modifiers = TextsAt(entry, "modifiers");
      catalog_.operations_.push_back(std::move(operation));
    }
  }

  std::vector<std::string_view> TextsAt(const Json& entry, const char* key) {
    std::vector<std::string_view> names;
    if (const auto found = entry.find(key); found != entry.end()) {
      for (const Json& name : *found) names.push_back(Text(name));
    }
    return names;
  }

  std::vector<NamedValue> NamedValues(const Json& entry) {
    std::vector<NamedValue> values;
    if (const auto found = entry.find("values"); found != entry.end()) {
      for (const auto& [name, value] : found->items()) {
        values.push_back({std::string_view(name), value.get<std::int64_t>()});
      }
    }
    return values;
  }

  void AddFilters() {
    for (const Json& entry : data_["filters"]) {
      Filter filter;
      filter.name = filter.base = TextAt(entry, "name");
      filter.argument = ArgumentFromName(TextAt(entry, "argument"));
      filter.applies_everywhere = entry.contains("everywhere");
      filter.folds_case = entry.contains("folds_case");
      filter.named_values = NamedValues(entry);
      filter.values_missing = entry.value("values_missing", 0);
      catalog_.filters_.push_back(filter);
      if (!entry.contains("derived")) continue;
      for (const Json& name : entry["derived"]) {
        Filter derived = filter;
        derived.name = Text(name);
        derived.match = MatchOfDerived(derived.name);
        if (derived.match == MatchKind::kRegex) derived.argument = ArgumentType::kRegex;
        catalog_.filters_.push_back(std::move(derived));
      }
    }
    for (const Json& entry : data_["filter_shorthands"]) {
      FilterShorthand shorthand{TextAt(entry, "name"), TextAt(entry, "filter"), {}, TextAt(entry, "alias"),
                                TextAt(entry, "text")};
      if (entry.contains("value")) shorthand.value = entry["value"].get<std::int64_t>();
      catalog_.shorthands_.push_back(shorthand);
    }
  }

  void AddModifiers() {
    for (const Json& entry : data_["modifiers"]) {
      ModifierInfo modifier;
      modifier.name = TextAt(entry, "name");
      const std::string_view on = TextAt(entry, "on");
      modifier.on_allow = on.starts_with("allow");
      modifier.on_deny = on.ends_with("deny");
      modifier.argument = ArgumentFromName(TextAt(entry, "argument"));
      modifier.dropped = entry.contains("dropped");
      modifier.only_listed = entry.contains("only_listed");
      modifier.named_values = NamedValues(entry);
      catalog_.modifiers_.push_back(std::move(modifier));
    }
    for (const Json& entry : data_["modifier_shorthands"]) {
      const std::string_view of = TextAt(entry, "modifier");
      ModifierInfo modifier = *std::ranges::find(catalog_.modifiers_, of, &ModifierInfo::name);
      modifier.argument = ArgumentType::kNone;
      modifier.implied = entry["value"].get<std::int64_t>();
      catalog_.modifiers_.push_back(std::move(modifier));
    }
  }

  void IndexOperations(Catalog::Index& index) {
    for (const Operation& operation : catalog_.operations_) {
      index.operations[operation.name] = {{&operation, false, false}, &operation};
    }
    for (const Operation& operation : catalog_.operations_) {
      const auto parent = index.operations.find(operation.parent);
      SBTUNE_ASSERT(operation.parent.empty() || parent != index.operations.end());
      index.parents.push_back(operation.parent.empty() ? nullptr : parent->second.logged);
    }
    for (const Json& entry : data_["operation_aliases"]) {
      if (!Has(entry, "in", version_)) continue;
      const Operation* means = index.operations.at(TextAt(entry, "means")).logged;
      const std::string_view logged = TextAt(entry, "logged");
      index.operations[TextAt(entry, "name")] = {{means, false, true},
                                                logged.empty() ? means : index.operations.at(logged).logged};
    }
    for (const Json& entry : data_["no_ops"]) {
      if (!Has(entry, "in", version_)) continue;
      index.operations[TextAt(entry, "name")].profile = {nullptr, true, false};
    }
  }

  void IndexFilters(Catalog::Index& index) {
    for (const Filter& filter : catalog_.filters_) {
      index.filters[filter.name] = &filter;
      index.filter_bases.try_emplace(filter.base, index.filter_bases.size());
    }
    // What 10.9 calls xattr is a regular expression.
    if (catalog_.version_ == "10.9") index.filters["xattr"] = index.filters.at("xattr-regex");
    for (const auto& [alias, means] : data_["filter_aliases"].items()) {
      index.filters[std::string_view(alias)] = index.filters.at(Text(means));
    }
    for (const FilterShorthand& shorthand : catalog_.shorthands_) index.shorthands[shorthand.name] = &shorthand;
    index.applies.assign(catalog_.operations_.size(), std::vector<bool>(index.filter_bases.size()));
    for (std::size_t id = 0; id < catalog_.operations_.size(); ++id) {
      for (const std::string_view name : catalog_.operations_[id].filters) {
        ForAncestors(index, id, [&](std::size_t up) { index.applies[up][index.filter_bases.at(name)] = true; });
      }
    }
  }

  void IndexModifiers(Catalog::Index& index) {
    for (const ModifierInfo& modifier : catalog_.modifiers_) index.modifiers.try_emplace(modifier.name, &modifier);
    for (const auto& [alias, means] : data_["modifier_aliases"].items()) {
      index.modifiers[std::string_view(alias)] = index.modifiers.at(Text(means));
    }
    for (const Json& entry : data_["modifier_shorthands"]) {
      const auto found = std::ranges::find_if(catalog_.modifiers_, [&](const ModifierInfo& modifier) {
        return modifier.implied && modifier.name == TextAt(entry, "modifier");
      });
      index.modifiers[TextAt(entry, "name")] = &*found;
    }
    index.modifiers_of.resize(catalog_.operations_.size());
    for (std::size_t id = 0; id < catalog_.operations_.size(); ++id) {
      for (const std::string_view name : catalog_.operations_[id].modifiers) {
        ForAncestors(index, id, [&](std::size_t up) { index.modifiers_of[up].insert(name); });
      }
    }
  }

  // The operation itself and everything above it, `default` left out: it takes no filters but the general ones.
  template <typename Visit>
  void ForAncestors(const Catalog::Index& index, std::size_t id, Visit visit) const {
    visit(id);
    for (const Operation* up = index.parents[id]; up != nullptr && up->name != "default";) {
      id = catalog_.Id(*up);
      visit(id);
      up = index.parents[id];
    }
  }

  const Json& data_;
  std::span<const std::string_view> versions_;
  std::size_t version_;
  Catalog catalog_;
};

struct Library::Data {
  Json json;
};

Library::Library() : data_(std::make_unique<const Data>(Json::parse(Embedded().front().text, nullptr, false))) {
  const Json& data = data_->json;
  SBTUNE_ASSERT(!data.is_discarded());
  const auto text = [](const Json& name) -> std::string_view { return name.get_ref<const std::string&>(); };
  for (const Json& version : data["versions"]) versions_.push_back(text(version));
  for (const char* list : {"operations", "operation_aliases", "no_ops"}) {
    for (const Json& entry : data[list]) operation_names_.insert(text(entry["name"]));
  }
  slots_ = std::vector<Slot>(versions_.size());
}

Library::~Library() = default;

const Catalog& Library::At(std::size_t version) const {
  Slot& slot = slots_[version];
  std::call_once(slot.once, [&] { slot.catalog = CatalogBuilder(data_->json, versions_, version).Build(); });
  return *slot.catalog;
}

const Library& Library::Get() {
  static const Library library;
  return library;
}

}  // namespace sbtune::catalog
