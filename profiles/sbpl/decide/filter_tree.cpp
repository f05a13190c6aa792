#include "profiles/sbpl/decide/filter_tree.h"

#include <algorithm>
#include <charconv>

#include "profiles/sbpl/facts.h"

namespace sbtune::sbpl {
namespace {

using catalog::ArgumentType;
using catalog::MatchKind;

// Entitlement values may be booleans and numbers; they compare by their text.
std::string ValueText(const Argument& argument) {
  if (const auto* text = std::get_if<std::string>(&argument.value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&argument.value)) return std::to_string(*number);
  return std::get<bool>(argument.value) ? "true" : "false";
}

std::string_view TextOf(const Argument& argument) {
  const auto* text = std::get_if<std::string>(&argument.value);
  return text == nullptr ? std::string_view() : *text;
}

class LeafCompiler {
 public:
  LeafCompiler(const Filter& filter, const FilterContext& context) : filter_(filter), context_(context) {
    leaf_.source = &filter;
    leaf_.base = filter.name;
  }

  base::Result<Leaf> Run() {
    if (IsEntitlementFilter()) return Entitlement();
    const catalog::Filter* known = context_.catalog.FindFilter(filter_.name);
    if (known == nullptr) return std::move(leaf_);  // kUnsupported: always unknown
    leaf_.base = known->base;
    leaf_.folds_case = known->folds_case && context_.case_rule == CaseRule::kFoldPaths;
    if (known->base == "extension") return Extension();
    switch (known->argument) {
      case ArgumentType::kNetwork: return Network();
      case ArgumentType::kInteger:
      case ArgumentType::kBitfield: return Numbers(*known);
      case ArgumentType::kNone: leaf_.kind = Leaf::Kind::kFlag; return std::move(leaf_);
      case ArgumentType::kString:
      case ArgumentType::kPath:
      case ArgumentType::kRegex: break;
    }
    leaf_.kind = known->base == "mount-relative-path" ? Leaf::Kind::kMountRelative : Leaf::Kind::kString;
    return Strings(known->match);
  }

 private:
  bool IsEntitlementFilter() const {
    return filter_.name.starts_with("%entitlement-") || filter_.name.starts_with("entitlement-");
  }

  base::Result<Leaf> Strings(MatchKind match) {
    for (const Argument& argument : filter_.arguments) {
      StringTest test{match, {}, {}};
      const std::string text = ValueText(argument);
      test.text = leaf_.folds_case && match != MatchKind::kRegex ? Lowered(text) : text;
      if (match == MatchKind::kRegex) {
        auto regex = Regex::Compile(text, leaf_.folds_case ? RegexCase::kFold : RegexCase::kExact);
        if (!regex) return base::Fail(BadRegex(argument, regex.error()));
        test.regex = std::move(*regex);
      }
      leaf_.tests.push_back(std::move(test));
    }
    return std::move(leaf_);
  }

  std::string BadRegex(const Argument& argument, const RegexError& error) const {
    return context_.sources.Where(argument.range) + ": bad regular expression '" + std::string(TextOf(argument)) +
           "': " + error.message;
  }

  base::Result<Leaf> Numbers(const catalog::Filter& known) {
    leaf_.kind = known.argument == ArgumentType::kBitfield ? Leaf::Kind::kBits : Leaf::Kind::kNumber;
    for (const Argument& argument : filter_.arguments) {
      std::optional<std::int64_t> number;
      if (const auto* value = std::get_if<std::int64_t>(&argument.value)) number = *value;
      if (!number) number = ParseFilterNumber(known, TextOf(argument));
      if (!number) {
        leaf_.kind = Leaf::Kind::kUnsupported;  // a constant whose number nobody knows
        return std::move(leaf_);
      }
      leaf_.numbers.push_back(*number);
    }
    return std::move(leaf_);
  }

  base::Result<Leaf> Extension() {
    leaf_.kind = Leaf::Kind::kExtension;
    for (const Argument& argument : filter_.arguments) leaf_.names.emplace_back(TextOf(argument));
    if (leaf_.names.empty()) leaf_.names.emplace_back("com.apple.app-sandbox.read-write");
    return std::move(leaf_);
  }

  // A protocol, then any number of "host:port" ("*:*" where none is given).
  base::Result<Leaf> Network() {
    leaf_.kind = Leaf::Kind::kNetwork;
    NetworkTest test;
    bool any = false;
    for (const Argument& argument : filter_.arguments) {
      if (const auto* protocol = std::get_if<std::int64_t>(&argument.value)) {
        test.protocol = static_cast<unsigned>(*protocol);
        continue;
      }
      const std::string_view text = TextOf(argument);
      const std::size_t colon = text.rfind(':');
      NetworkTest end = test;
      end.localhost_only = text.substr(0, colon) != "*";
      const std::string_view port = colon == std::string_view::npos ? "*" : text.substr(colon + 1);
      if (port != "*") {
        std::uint32_t number = 0;
        const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), number);
        if (error != std::errc() || stop != port.data() + port.size()) {
          leaf_.kind = Leaf::Kind::kUnsupported;
          return std::move(leaf_);
        }
        end.port = number;
      }
      leaf_.ends.push_back(end);
      any = true;
    }
    if (!any) leaf_.ends.push_back(test);
    return std::move(leaf_);
  }

  base::Result<Leaf> Entitlement() {
    leaf_.base = "entitlement";
    const std::string_view name = filter_.name;
    if (name == "%entitlement-load" || name.ends_with("-is-present")) leaf_.kind = Leaf::Kind::kEntitlementLoad;
    if (name.ends_with("-is-bool-true")) leaf_.kind = Leaf::Kind::kEntitlementTrue;
    if (leaf_.kind != Leaf::Kind::kUnsupported) {
      for (const Argument& argument : filter_.arguments) leaf_.names.emplace_back(TextOf(argument));
      return std::move(leaf_);
    }
    leaf_.kind = Leaf::Kind::kEntitlementValue;
    if (name.ends_with("-regex")) return Strings(MatchKind::kRegex);
    return Strings(name.ends_with("-prefix") ? MatchKind::kPrefix : MatchKind::kExact);
  }

  const Filter& filter_;
  const FilterContext& context_;
  Leaf leaf_;
};

base::Result<Node> CompileChildren(Node::Kind kind, const std::vector<Filter>& filters, const FilterContext& context) {
  Node node;
  node.kind = kind;
  for (const Filter& filter : filters) {
    auto child = CompileFilter(filter, context);
    if (!child) return child;
    node.children.push_back(std::move(*child));
  }
  return node;
}

// (require-entitlement "name" value-filter…): the name, then all its values' tests on that entitlement.
base::Result<Node> CompileRequireEntitlement(const Filter& filter, const FilterContext& context) {
  Node node;
  node.kind = Node::Kind::kAll;
  Node load;
  load.leaf.source = &filter;
  load.leaf.base = "entitlement";
  load.leaf.kind = Leaf::Kind::kEntitlementLoad;
  for (const Argument& argument : filter.arguments) load.leaf.names.emplace_back(TextOf(argument));
  node.children.push_back(std::move(load));
  if (filter.subfilters.empty()) return node;
  auto values = CompileChildren(Node::Kind::kAny, filter.subfilters, context);
  if (!values) return values;
  node.children.push_back(std::move(*values));
  return node;
}

}  // namespace

base::Result<Node> CompileFilter(const Filter& filter, const FilterContext& context) {
  if (filter.name == "require-any") return CompileChildren(Node::Kind::kAny, filter.subfilters, context);
  if (filter.name == "require-all") return CompileChildren(Node::Kind::kAll, filter.subfilters, context);
  if (filter.name == "require-not") return CompileChildren(Node::Kind::kNot, filter.subfilters, context);
  if (filter.name == "require-entitlement") return CompileRequireEntitlement(filter, context);
  auto leaf = LeafCompiler(filter, context).Run();
  if (!leaf) return std::unexpected(leaf.error());
  Node node;
  node.leaf = std::move(*leaf);
  return node;
}

base::Result<Node> CompileAny(const std::vector<Filter>& filters, const FilterContext& context) {
  return CompileChildren(Node::Kind::kAny, filters, context);
}

bool MatchesString(const StringTest& test, std::string_view text) {
  switch (test.kind) {
    case MatchKind::kExact: return text == test.text;
    case MatchKind::kPrefix: return text.starts_with(test.text);
    case MatchKind::kSubpath: {
      if (!text.starts_with(test.text)) return false;
      return text.size() == test.text.size() || test.text.ends_with('/') || text[test.text.size()] == '/';
    }
    case MatchKind::kRegex: return test.regex->Matches(text);
  }
  return false;
}

bool IsUncertain(const StringTest& test) { return test.regex && !test.regex->syntax().uncertain.empty(); }

void AssignLowered(std::string& out, std::string_view text) {
  out.assign(text);
  for (char& byte : out) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte + ('a' - 'A'));
  }
}

std::string Lowered(std::string_view text) {
  std::string out;
  AssignLowered(out, text);
  return out;
}

}  // namespace sbtune::sbpl
