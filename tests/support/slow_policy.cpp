#include "tests/support/slow_policy.h"

#include <algorithm>

#include "profiles/sbpl/decide/evaluate.h"
#include "profiles/sbpl/decide/implicit.h"

namespace sbtune::test {
namespace {

using sbpl::Filter;
using sbpl::Query;
using sbpl::Truth;

std::string Fold(std::string text) {
  for (char& byte : text) byte = static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
  return text;
}

struct Asked {
  const Query& query;
  const sbpl::PolicyOptions& options;
  const catalog::Catalog& catalog;
  const sbpl::FactTable& facts;
  SlowPolicy::Cache& cache;
};

// Whether the C++ library's own expressions mean the same: no escapes of letters, no braces, no classes in classes,
// nothing to repeat at a start.
bool IsPlainRegex(const std::string& expression) {
  bool in_class = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    const char before = i == 0 ? '(' : expression[i - 1];
    if (static_cast<unsigned char>(c) >= 0x80 || c == '{' || c == '}') return false;
    if (in_class) {
      if (c == '\\' || c == '[' || (c == ']' && (before == '[' || before == '^'))) return false;
      in_class = c != ']';
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ')' && (before == '(' || before == '|')) return false;
    if ((c == '*' || c == '+' || c == '?') && std::string_view("(|*+?^$").find(before) != std::string_view::npos) return false;
    if (c == '\\') {
      if (i + 1 == expression.size() || std::isalnum(static_cast<unsigned char>(expression[i + 1])) != 0) return false;
      ++i;
    }
  }
  return !in_class;
}

std::optional<bool> SearchByHand(const std::string& expression, const std::string& text, const Asked& asked, bool fold) {
  auto [entry, is_new] = asked.cache.regexes.try_emplace({expression, fold});
  if (is_new && IsPlainRegex(expression)) {
    entry->second.emplace(expression, std::regex::ECMAScript | (fold ? std::regex::icase : std::regex::ECMAScript));
  }
  if (!entry->second) return std::nullopt;
  return std::regex_search(text, *entry->second);
}

// Plain paths, service names and their expressions compared by hand; everything else by the engine's own leaf
// evaluation.
std::optional<bool> CompareByHand(const Filter& filter, const Asked& asked) {
  const bool fold = asked.options.case_rule == sbpl::CaseRule::kFoldPaths;
  const bool is_path = filter.name == "path" || filter.name == "subpath" || filter.name == "path-prefix" ||
                       filter.name == "path-regex";
  const bool is_name = filter.name == "global-name" || filter.name == "global-name-prefix" ||
                       filter.name == "global-name-regex";
  const bool is_regex = filter.name.ends_with("-regex");
  if (is_path && (!asked.query.path || asked.query.second_path)) return std::nullopt;
  if (is_name && !asked.query.facts.contains("global-name")) return std::nullopt;
  if (!is_path && !is_name) return std::nullopt;
  const bool canonical = asked.catalog.IsAtLeast("12.5") || !asked.query.spelled_path;
  std::string value = !is_path    ? asked.query.facts.find("global-name")->second.front()
                      : canonical ? *asked.query.path
                                  : *asked.query.spelled_path;
  if (is_regex && value.find('\n') != std::string::npos) return std::nullopt;  // the libraries differ on lines
  if (is_path && fold) value = Fold(value);
  for (const sbpl::Argument& argument : filter.arguments) {
    std::string wanted = std::get<std::string>(argument.value);
    if (is_regex) {
      const std::optional<bool> found = SearchByHand(wanted, value, asked, is_path && fold);
      if (!found) return std::nullopt;
      if (*found) return true;
      continue;
    }
    if (is_path && fold) wanted = Fold(wanted);
    if (value == wanted && !filter.name.ends_with("-prefix")) return true;
    if (filter.name.ends_with("-prefix") && value.substr(0, wanted.size()) == wanted) return true;
    // The root, and a slash too many at the end, which newer systems load.
    if (filter.name == "subpath" && wanted.ends_with('/') && value.substr(0, wanted.size()) == wanted) return true;
    if (filter.name == "subpath" && value.substr(0, wanted.size() + 1) == wanted + "/") return true;
  }
  return false;
}

Truth Holds(const Filter& filter, const Asked& asked) {
  if (filter.name == "require-not") {
    const Truth one = Holds(filter.subfilters.front(), asked);
    return one == Truth::kTrue ? Truth::kFalse : one == Truth::kFalse ? Truth::kTrue : Truth::kUnknown;
  }
  if (filter.name == "require-any" || filter.name == "require-all") {
    std::vector<Truth> truths;
    for (const Filter& child : filter.subfilters) truths.push_back(Holds(child, asked));
    const bool any = filter.name == "require-any";
    if (truths.empty()) return any ? Truth::kFalse : Truth::kTrue;
    return any ? *std::ranges::max_element(truths) : *std::ranges::min_element(truths);
  }
  if (const auto truth = CompareByHand(filter, asked)) return *truth ? Truth::kTrue : Truth::kFalse;
  static const base::SourceMap kNoSources;
  auto [entry, is_new] = asked.cache.leaves.try_emplace(&filter);
  if (is_new) {
    auto node = sbpl::CompileFilter(filter, {asked.catalog, kNoSources, asked.options.case_rule});
    SBTUNE_ASSERT(node.has_value());
    entry->second = std::move(*node);
  }
  sbpl::Subject subject;
  subject.Reset(asked.query, asked.facts, {asked.options.case_rule, sbpl::SpellingFor(asked.catalog)}, asked.catalog);
  return sbpl::Evaluate(entry->second, subject);
}

std::string Spell(const std::vector<sbpl::Modifier>& modifiers) {
  std::string text;
  for (const sbpl::Modifier& modifier : modifiers) {
    text += modifier.name;
    for (const sbpl::Argument& argument : modifier.arguments) {
      if (const auto* value = std::get_if<std::string>(&argument.value)) text += ":" + *value;
    }
    text += ";";
  }
  return text;
}

// Every connection that a log line with open questions can mean.
std::vector<Query> Meanings(const Query& query, const sbpl::PolicyOptions& options) {
  if (!query.remote && !query.local) return {query};
  const sbpl::NetworkEnd& end = query.remote ? *query.remote : *query.local;
  std::string known = end.protocol;
  for (const sbpl::Fact& fact : options.facts) {
    if (fact.name == "protocol" && known.empty()) known = fact.value;
  }
  // Filled step by step: g++ 12 crashes on lists of strings assigned here under the address sanitizer.
  std::vector<std::string> transports, families, hosts;
  if (known.starts_with("tcp") || known.starts_with("udp")) {
    transports.push_back(known.substr(0, 3));
  } else {
    transports.emplace_back("tcp");
    transports.emplace_back("udp");
  }
  const bool named = end.host == "*" || end.host == "localhost";
  if (known.ends_with('4') || known.ends_with('6')) {
    families.push_back(known.substr(known.size() - 1));
  } else {
    if (named || end.host.find(':') == std::string::npos) families.emplace_back("4");
    if (named || end.host.find(':') != std::string::npos) families.emplace_back("6");
  }
  if (end.host == "*") {
    hosts.emplace_back("127.0.0.1");
    hosts.emplace_back(query.remote ? "8.8.8.8" : "0.0.0.0");
  } else {
    hosts.push_back(end.host);
  }
  std::vector<Query> meanings;
  for (const std::string& transport : transports) {
    for (const std::string& family : families) {
      for (const std::string& host : hosts) {
        sbpl::NetworkEnd meant;
        meant.protocol = transport + family;
        meant.host = host;
        meant.port = end.port;
        meanings.push_back(query);
        (query.remote ? meanings.back().remote : meanings.back().local) = meant;
      }
    }
  }
  return meanings;
}

}  // namespace

SlowPolicy::SlowPolicy(const sbpl::Profile& profile, const sbpl::PolicyOptions& options)
    : catalog_(*catalog::Catalog::ForVersion(profile.macos)),
      options_(options),
      facts_(sbpl::MakeFactTable(options.facts)) {
  for (const catalog::Operation& operation : catalog_->operations()) {
    Entry entry;
    entry.action = operation.default_allowed || operation.terminal == catalog::Terminal::kAllowed
                       ? access::Action::kAllow
                       : access::Action::kDeny;
    entry.jump = !operation.default_allowed && operation.terminal == catalog::Terminal::kNo;
    entry.parent = operation.parent;
    table_[std::string(operation.name)] = {entry};
  }
  implicit_ = sbpl::ImplicitRules(profile.rules, *catalog_);
  for (const sbpl::Rule& rule : profile.rules) AddRule(rule);
  for (const sbpl::Rule& rule : implicit_) AddRule(rule);
}

void SlowPolicy::AddRule(const sbpl::Rule& rule) {
  for (const sbpl::Modifier& modifier : rule.modifiers) {
    if (!modifier.message_rules.empty()) filters_messages_ = true;
  }
  for (const sbpl::RuleOperation& named : rule.operations) {
    std::vector<Entry>& list = table_.at(named.name);
    if (rule.filters.empty()) {
      list.back() = {{}, false, rule.action, Spell(rule.modifiers), ""};
      continue;
    }
    Entry entry{{}, false, rule.action, Spell(rule.modifiers), ""};
    for (const Filter& filter : rule.filters) entry.filters.push_back(&filter);
    Entry& front = list.front();
    if (!front.filters.empty() && front.action == entry.action && front.modifiers == entry.modifiers) {
      front.filters.insert(front.filters.end(), entry.filters.begin(), entry.filters.end());
    } else {
      list.insert(list.begin(), entry);
    }
  }
}

void SlowPolicy::DecideOne(const std::string& operation, const Query& query, Outcomes& outcomes) const {
  std::string at = operation;
  for (;;) {
    bool jumped = false;
    for (const Entry& entry : table_.at(at)) {
      if (entry.jump) {
        at = entry.parent;
        jumped = true;
        break;
      }
      Truth truth = entry.filters.empty() ? Truth::kTrue : Truth::kFalse;
      for (const Filter* filter : entry.filters) truth = std::max(truth, Holds(*filter, {query, options_, *catalog_, facts_, cache_}));
      if (truth != Truth::kFalse) outcomes.insert(entry.action);
      if (truth == Truth::kTrue) return;
    }
    SBTUNE_ASSERT(jumped);
  }
}

sbpl::Decision SlowPolicy::Decide(const Query& query) const {
  const catalog::Operation* operation = catalog_->FindLoggedOperation(query.operation);
  if (operation == nullptr) {
    return catalog::IsLogOnlyOperation(query.operation) ? sbpl::Decision::kDeny : sbpl::Decision::kUnknown;
  }
  // Which of the profile's message filters a message meets is not known.
  const bool is_message = operation->name == "default-message-filter" || operation->parent == "default-message-filter";
  if (is_message && filters_messages_) return sbpl::Decision::kUnknown;
  Outcomes outcomes;
  for (const Query& meaning : Meanings(query, options_)) DecideOne(std::string(operation->name), meaning, outcomes);
  if (outcomes.size() != 1) return sbpl::Decision::kUnknown;
  return *outcomes.begin() == access::Action::kAllow ? sbpl::Decision::kAllow : sbpl::Decision::kDeny;
}

}  // namespace sbtune::test
