#include "profiles/regions/condition.h"

#include <algorithm>

#include <fmt/format.h>

#include "profiles/automata/wordset.h"
#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::regions {
namespace {

using automata::Label;
using automata::WordSet;
using catalog::MatchKind;
using sbpl::Leaf;
using sbpl::Node;
using Maybe = std::optional<Automaton>;

constexpr std::size_t kMaxConditionStates = 100'000;

using Both = Maybe (*)(Space&, const Automaton&, const Automaton&);

// Two by two, so that what is large is combined seldom.
Maybe Fold(Space& space, std::vector<Automaton> parts, Both both) {
  while (parts.size() > 1) {
    std::vector<Automaton> next;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
      Maybe pair = both(space, parts[i], parts[i + 1]);
      if (!pair) return std::nullopt;
      next.push_back(std::move(*pair));
    }
    if (parts.size() % 2 == 1) next.push_back(std::move(parts.back()));
    parts = std::move(next);
  }
  return std::move(parts.front());
}

WordSet::Kind WordKind(MatchKind match) {
  switch (match) {
    case MatchKind::kExact: return WordSet::Kind::kExact;
    case MatchKind::kPrefix: return WordSet::Kind::kPrefix;
    case MatchKind::kSubpath:
    case MatchKind::kRegex: break;
  }
  return WordSet::Kind::kSubpath;
}

std::string Spelled(const Leaf& leaf, const std::string& text) {
  const auto literal = sbpl::StringLiteral(text);
  const std::string word = leaf.source == nullptr ? leaf.base : leaf.source->spelled;
  return fmt::format("({} {})", word, literal ? *literal : "\"" + text + "\"");
}

// The filter as it stands in the rule, enough to tell two apart.
std::string Written(const sbpl::Filter& filter) {
  std::string text = "(" + filter.name;
  for (const sbpl::Argument& argument : filter.arguments) {
    if (const auto* string = std::get_if<std::string>(&argument.value)) text += " \"" + *string + "\"";
    if (const auto* number = std::get_if<std::int64_t>(&argument.value)) text += " " + (argument.alias.empty() ? std::to_string(*number) : argument.alias);
    if (const auto* yes = std::get_if<bool>(&argument.value)) text += *yes ? " #t" : " #f";
  }
  for (const sbpl::Filter& sub : filter.subfilters) text += " " + Written(sub);  // as deep as the loader allows
  return text + ")";
}

class Builder {
 public:
  Builder(Space& space, const TargetSpace& targets) : space_(space), targets_(targets) {}

  // Recursion is as deep as filters are nested, which the loader limits.
  Maybe Of(const Node& node) {
    switch (node.kind) {
      case Node::Kind::kLeaf: return OfAny({&node});
      case Node::Kind::kAny: return OfAny(Children(node));
      case Node::Kind::kAll: return OfAll(node);
      case Node::Kind::kNot: {
        Maybe inner = Of(node.children.front());
        if (!inner) return std::nullopt;
        return Not(space_, *inner);
      }
    }
    return std::nullopt;
  }

  Maybe OfAny(const std::vector<const Node*>& nodes) {
    WordSet words;
    DiagramId facts = space_.diagrams.Terminal(0);
    std::vector<Automaton> parts;
    for (const Node* node : nodes) {
      if (node->kind == Node::Kind::kLeaf) {
        if (!TakeLeaf(*node, words, facts, parts)) return std::nullopt;
      } else {
        Maybe part = Of(*node);
        if (!part) return std::nullopt;
        parts.push_back(std::move(*part));
      }
    }
    if (!words.empty()) parts.push_back(ConditionFrom(space_, words.Build()));
    const bool no_facts = facts == space_.diagrams.Terminal(0);
    if (!no_facts || parts.empty()) parts.push_back(Automaton::Constant(facts));
    return Fold(space_, std::move(parts), Or);
  }

 private:
  static std::vector<const Node*> Children(const Node& node) {
    std::vector<const Node*> children;
    for (const Node& child : node.children) children.push_back(&child);
    return children;
  }

  Maybe OfAll(const Node& node) {
    if (!node.children.empty() && node.children.front().kind == Node::Kind::kLeaf &&
        node.children.front().leaf.kind == Leaf::Kind::kEntitlementLoad) {
      return Entitlement(node);
    }
    std::vector<Automaton> parts;
    for (const Node& child : node.children) {
      Maybe part = Of(child);
      if (!part) return std::nullopt;
      parts.push_back(std::move(*part));
    }
    if (parts.empty()) return Always(space_);
    return Fold(space_, std::move(parts), And);
  }

  // The name of an entitlement, then tests of its value: each test is a question of its own about NAME.
  Maybe Entitlement(const Node& node) {
    const std::string name = node.children.front().leaf.names.empty() ? "" : node.children.front().leaf.names.front();
    DiagramId all = space_.Variable({FactVariable::Kind::kHeld, "entitlement", name});
    for (std::size_t i = 1; i < node.children.size(); ++i) {
      const DiagramId value = EntitlementValue(name, node.children[i]);
      all = space_.diagrams.And(all, value);
    }
    return Automaton::Constant(all);
  }

  DiagramId EntitlementValue(const std::string& name, const Node& node) {
    DiagramId any = space_.diagrams.Terminal(0);
    if (node.kind != Node::Kind::kLeaf) {
      const bool is_any = node.kind == Node::Kind::kAny;
      if (!is_any) any = space_.diagrams.Terminal(1);
      for (const Node& child : node.children) {
        const DiagramId one = EntitlementValue(name, child);
        any = is_any ? space_.diagrams.Or(any, one) : space_.diagrams.And(any, one);
      }
      return node.kind == Node::Kind::kNot ? space_.diagrams.Not(any) : any;
    }
    for (const sbpl::StringTest& test : node.leaf.tests) {
      const bool exact = test.kind == MatchKind::kExact;
      FactVariable variable{FactVariable::Kind::kHeld, "entitlement", name + ":" + test.text};
      if (!exact) variable = Opaque(fmt::format("(require-entitlement \"{}\" {})", name, Spelled(node.leaf, test.text)));
      any = space_.diagrams.Or(any, space_.Variable(variable));
    }
    return any;
  }

  static FactVariable Opaque(std::string text) { return {FactVariable::Kind::kOpaque, "", std::move(text)}; }

  bool TakeLeaf(const Node& node, WordSet& words, DiagramId& facts, std::vector<Automaton>& parts) {
    const Leaf& leaf = node.leaf;
    const Kind kind = KindTested(targets_, leaf.base);
    const bool is_network = leaf.kind == Leaf::Kind::kNetwork;
    if (is_network && (targets_.Has(Kind::kOutbound) || targets_.Has(Kind::kLocalEnd))) {
      TakeNetwork(leaf, words);
      return true;
    }
    if (kind != Kind::kNone && leaf.kind == Leaf::Kind::kString) return TakeTarget(leaf, kind, words, facts, parts);
    TakeFacts(node, facts);
    return true;
  }

  bool TakeTarget(const Leaf& leaf, Kind kind, WordSet& words, DiagramId& facts, std::vector<Automaton>& parts) {
    for (const sbpl::StringTest& test : leaf.tests) {
      if (IsUncertain(test)) {
        facts = space_.diagrams.Or(facts, space_.Variable(Opaque(Spelled(leaf, test.text))));
      } else if (test.kind != MatchKind::kRegex) {
        words.Add(std::string(1, static_cast<char>(kind)) + test.text, WordKind(test.kind));
      } else {
        const Maybe pattern = space_.Matches(test.text, leaf.folds_case);
        if (!pattern) return false;
        parts.push_back(ConditionFrom(space_, automata::Prefixed(static_cast<std::uint8_t>(kind), *pattern, 0)));
      }
    }
    return true;
  }

  // The questions of the leaf that the given facts leave open.
  void TakeFacts(const Node& node, DiagramId& facts) {
    const Leaf& leaf = node.leaf;
    const auto or_with = [&](FactVariable variable) { facts = space_.diagrams.Or(facts, space_.Variable(variable)); };
    const sbpl::Truth given = Given(node);
    if (given == sbpl::Truth::kTrue) facts = space_.diagrams.Terminal(1);
    if (given != sbpl::Truth::kUnknown) return;
    switch (leaf.kind) {
      case Leaf::Kind::kString:
      case Leaf::Kind::kMountRelative:
        for (const sbpl::StringTest& test : leaf.tests) {
          or_with(IsUncertain(test) ? Opaque(Spelled(leaf, test.text))
                                    : FactVariable{FactVariable::Kind::kText, leaf.base, test.text, test.kind, leaf.folds_case});
        }
        return;
      case Leaf::Kind::kNumber:
        for (const std::int64_t number : leaf.numbers) or_with({FactVariable::Kind::kNumber, leaf.base, std::to_string(number)});
        return;
      case Leaf::Kind::kBits:
        for (const std::int64_t number : leaf.numbers) {
          // Whether no bits at all are "set" nobody knows.
          or_with(number == 0 ? Opaque(Written(*leaf.source)) : FactVariable{FactVariable::Kind::kBits, leaf.base, std::to_string(number)});
        }
        return;
      case Leaf::Kind::kFlag: return or_with({FactVariable::Kind::kFlag, leaf.base, ""});
      case Leaf::Kind::kExtension:
        for (const std::string& name : leaf.names) or_with({FactVariable::Kind::kHeld, leaf.base, name});
        return;
      case Leaf::Kind::kEntitlementLoad:
        for (const std::string& name : leaf.names) or_with({FactVariable::Kind::kHeld, "entitlement", name});
        return;
      case Leaf::Kind::kEntitlementTrue:
        for (const std::string& name : leaf.names) or_with({FactVariable::Kind::kHeld, "entitlement", name + ":true"});
        return;
      case Leaf::Kind::kNetwork:
      case Leaf::Kind::kEntitlementValue:
      case Leaf::Kind::kUnsupported: return or_with(Opaque(Written(*leaf.source)));
    }
  }

  // What the given facts, and the kind of the target, already say.
  sbpl::Truth Given(const Node& node) const {
    const Leaf& leaf = node.leaf;
    sbpl::Query query;
    switch (targets_.kinds.front()) {
      case Kind::kPath: query.path = "/"; break;
      case Kind::kGlobalName: query.facts["global-name"] = {""}; break;
      default: break;
    }
    if (sbpl::CannotApply(leaf.base, query)) return sbpl::Truth::kFalse;
    if (leaf.kind == Leaf::Kind::kEntitlementValue || !space_.facts().contains(leaf.base)) return sbpl::Truth::kUnknown;
    sbpl::Subject subject;
    const sbpl::Query nothing;
    subject.Reset(nothing, space_.facts(), {space_.options().case_rule, sbpl::SpellingFor(space_.catalog())}, space_.catalog());
    return sbpl::Evaluate(node, subject);
  }

  // All combinations of family, protocol and host; then the port, or any.
  void TakeNetwork(const Leaf& leaf, WordSet& words) {
    const bool is_local = leaf.base == "local";
    const bool outbound = targets_.Has(Kind::kOutbound);
    if (!outbound && !is_local) return;  // binding and accepting are decided by the local end alone
    const char kind = static_cast<char>(outbound ? Kind::kOutbound : Kind::kLocalEnd);
    for (const sbpl::NetworkTest& test : leaf.ends) {
      // A connection's local end is not bound yet: no host, no port.
      const bool unbound = outbound && is_local;
      if (unbound && (test.localhost_only || test.port.value_or(0) != 0)) continue;
      for (const char family : {'4', '6'}) {
        for (const char protocol : {'t', 'u'}) {
          for (const char host : {'h', 'r'}) {
            const unsigned families = test.protocol & (sbpl::kIp4 | sbpl::kIp6);
            const unsigned protocols = test.protocol & (sbpl::kTcp | sbpl::kUdp);
            if (families != 0 && (families & (family == '4' ? sbpl::kIp4 : sbpl::kIp6)) == 0) continue;
            if (protocols != 0 && (protocols & (protocol == 't' ? sbpl::kTcp : sbpl::kUdp)) == 0) continue;
            if (!unbound && test.localhost_only && host != 'h') continue;
            const std::string start{kind, family, protocol, host};
            if (test.port && !unbound) words.Add(start + std::to_string(*test.port), WordSet::Kind::kExact);
            else words.Add(start, WordSet::Kind::kPrefix);
          }
        }
      }
    }
  }

  Space& space_;
  const TargetSpace& targets_;
};

Maybe Combined(const Automaton& a, const Automaton& b, const std::function<Label(Label, Label)>& f) {
  return automata::Combine(a, b, f, kMaxConditionStates);
}

}  // namespace

std::optional<Automaton> ConditionOfAny(Space& space, const TargetSpace& targets, std::span<const Node* const> filters) {
  return Builder(space, targets).OfAny({filters.begin(), filters.end()});
}

std::optional<Automaton> ConditionOf(Space& space, const TargetSpace& targets, const Node& filter) {
  return Builder(space, targets).Of(filter);
}

void CollectBases(const Node& filter, std::vector<std::string>& bases) {
  if (filter.kind == Node::Kind::kLeaf && std::ranges::find(bases, filter.leaf.base) == bases.end()) {
    bases.push_back(filter.leaf.base);
  }
  for (const Node& child : filter.children) CollectBases(child, bases);
}

std::optional<Automaton> And(Space& space, const Automaton& a, const Automaton& b) {
  return Combined(a, b, [&](Label x, Label y) { return space.diagrams.And(x, y); });
}

std::optional<Automaton> Or(Space& space, const Automaton& a, const Automaton& b) {
  return Combined(a, b, [&](Label x, Label y) { return space.diagrams.Or(x, y); });
}

Automaton Not(Space& space, const Automaton& a) {
  return automata::Map(a, [&](Label label) { return space.diagrams.Not(label); });
}

Automaton Always(Space& space) { return Automaton::Constant(space.diagrams.Terminal(1)); }
Automaton Never(Space& space) { return Automaton::Constant(space.diagrams.Terminal(0)); }

Automaton ConditionFrom(Space& space, const Automaton& words) {
  return automata::Map(words, [&](Label label) { return space.diagrams.Terminal(label); });
}

}  // namespace sbtune::regions
