#include "profiles/sbpl/matcher.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace sbtune::sbpl {
namespace {

using catalog::MatchKind;

void AssignLowered(std::string& out, std::string_view text) {
  out.assign(text);
  for (char& byte : out) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte + ('a' - 'A'));
  }
}

Truth Not(Truth truth) {
  return truth == Truth::kTrue ? Truth::kFalse : truth == Truth::kFalse ? Truth::kTrue : Truth::kUnknown;
}

bool Contains(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

unsigned ProtocolBits(std::string_view name) {
  unsigned bits = 0;
  if (name.starts_with("tcp")) bits |= kTcp;
  if (name.starts_with("udp")) bits |= kUdp;
  if (name.ends_with('4')) bits |= kIp4;
  if (name.ends_with('6')) bits |= kIp6;
  return bits;
}

// 127.0.0.0/8, ::1 and their spellings. A local end's other addresses are the machine's own, which the system's
// `localhost` means too, except the unspecified ones (measured by a public project).
Host HostOf(std::string_view text, bool is_local_end) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text == "*" || text.empty()) return Host::kUnknown;
  if (text == "localhost" || text == "::1" || text.starts_with("127.") || text.starts_with("::ffff:127.")) {
    return Host::kLocalhost;
  }
  if (!is_local_end || text == "0.0.0.0" || text == "::") return Host::kOther;
  return Host::kLocalhost;
}

EndView ViewOf(const NetworkEnd& end, bool is_local_end) {
  EndView view;
  view.present = true;
  const unsigned bits = ProtocolBits(end.protocol);
  view.protocol = bits & (kTcp | kUdp);
  view.family = bits & (kIp4 | kIp6);
  view.host = HostOf(end.host, is_local_end);
  if (view.family == 0 && end.host != "*" && end.host != "localhost" && !end.host.empty()) {
    view.family = end.host.find(':') != std::string::npos ? kIp6 : kIp4;
  }
  std::uint32_t port = 0;
  const auto [stop, error] = std::from_chars(end.port.data(), end.port.data() + end.port.size(), port);
  if (error == std::errc() && stop == end.port.data() + end.port.size()) view.port = port;
  return view;
}

// At connect time the local end is not bound yet, so no filter on a local host or port matches (measured).
EndView UnboundLocal(const EndView& remote) {
  EndView view = remote;
  view.host = Host::kOther;
  view.port = 0;
  return view;
}

Truth MatchesEnd(const NetworkTest& test, const EndView& end) {
  Truth truth = Truth::kTrue;
  const auto require = [&](bool known, bool matches) {
    if (known && !matches) truth = Truth::kFalse;
    if (!known && truth == Truth::kTrue) truth = Truth::kUnknown;
  };
  const unsigned family = test.protocol & (kIp4 | kIp6);
  if (family == kIp4 || family == kIp6) require(end.family != 0, (end.family & family) != 0);
  const unsigned protocol = test.protocol & (kTcp | kUdp);
  if (protocol != 0) require(end.protocol != 0, (end.protocol & protocol) != 0);
  if (test.localhost_only) require(end.host != Host::kUnknown, end.host == Host::kLocalhost);
  if (test.port) require(end.port.has_value(), end.port == test.port);
  return truth;
}

bool HasAny(const Query& query, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return query.facts.contains(name); });
}

}  // namespace

bool CannotApply(std::string_view base, const Query& query) {
  const bool is_connection = query.local || query.remote;
  const bool is_service = HasAny(query, {"global-name", "local-name", "xpc-service-name"});
  if (base == "path" || base == "mount-relative-path") {
    return is_connection || is_service || HasAny(query, {"control-name"});
  }
  if (base == "local" || base == "remote") return query.path.has_value() || HasAny(query, {"control-name"});
  if (base == "control-name") return query.path.has_value() || is_connection;
  if (base == "global-name" || base == "local-name" || base == "xpc-service-name") return is_service;
  return false;
}

std::string Lowered(std::string_view text) {
  std::string out;
  AssignLowered(out, text);
  return out;
}

namespace {

// The facts that one leaf asks for.
struct Known {
  const std::vector<std::string>* values = nullptr;  // those that hold
  const FactSet* set = nullptr;                      // of the user's facts: also those that do not
  bool closed = true;                                // no others hold
  bool cannot_apply = false;                         // the target is of another kind: the filter fails
};

Known Lookup(const Leaf& leaf, const Subject& subject) {
  Known known;
  if (const auto own = subject.query->facts.find(leaf.base); own != subject.query->facts.end()) {
    known.values = &own->second;
    return known;
  }
  if (CannotApply(leaf.base, *subject.query)) {
    known.cannot_apply = true;
    return known;
  }
  known.closed = false;
  if (const auto given = subject.facts->find(leaf.base); given != subject.facts->end()) {
    known.set = &given->second;
    known.values = &given->second.holds;
    known.closed = given->second.closed;
  }
  return known;
}

Truth MatchesAnyTest(const std::vector<StringTest>& tests, std::string_view text) {
  Truth truth = Truth::kFalse;
  for (const StringTest& test : tests) {
    if (test.regex && !test.regex->syntax().uncertain.empty()) {
      truth = Truth::kUnknown;
    } else if (MatchesString(test, text)) {
      return Truth::kTrue;
    }
  }
  return truth;
}

Truth PathLeaf(const Leaf& leaf, const Subject& subject) {
  const Truth first = MatchesAnyTest(leaf.tests, subject.path);
  if (!subject.has_second_path) return first;
  // Which of the two the system compares is not known.
  const Truth second = MatchesAnyTest(leaf.tests, subject.second_path);
  return first == second ? first : Truth::kUnknown;
}

Truth StringLeaf(const Leaf& leaf, const Subject& subject) {
  if (leaf.base == "path" && subject.has_path) return PathLeaf(leaf, subject);
  const Known known = Lookup(leaf, subject);
  if (known.cannot_apply) return Truth::kFalse;
  Truth truth = known.closed ? Truth::kFalse : Truth::kUnknown;
  std::string lowered;
  if (known.values != nullptr) {
    for (const std::string& value : *known.values) {
      if (leaf.folds_case) AssignLowered(lowered, value);
      const Truth one = MatchesAnyTest(leaf.tests, leaf.folds_case ? lowered : value);
      if (one == Truth::kTrue) return one;
      truth = std::max(truth, one);
    }
  }
  const auto excluded = [&](const StringTest& test) {
    return test.kind == MatchKind::kExact && Contains(known.set->does_not_hold, test.text);
  };
  if (known.set != nullptr && std::ranges::all_of(leaf.tests, excluded)) return Truth::kFalse;
  return truth;
}

// The part of the path below a mount point: which ancestor is one is not known, so all must agree.
Truth MountRelativeLeaf(const Leaf& leaf, const Subject& subject) {
  if (!subject.has_path || subject.query->facts.contains(leaf.base) || subject.facts->contains(leaf.base)) {
    return StringLeaf(leaf, subject);
  }
  if (subject.has_second_path) return Truth::kUnknown;
  const std::string_view path = subject.path;
  Truth truth = MatchesAnyTest(leaf.tests, path);
  for (std::size_t at = path.find('/', 1); at != std::string_view::npos; at = path.find('/', at + 1)) {
    if (MatchesAnyTest(leaf.tests, path.substr(at)) != truth) return Truth::kUnknown;
  }
  if (MatchesAnyTest(leaf.tests, "/") != truth) return Truth::kUnknown;  // the path itself is one
  return truth;
}

std::optional<std::int64_t> NumberOf(const Leaf& leaf, const Subject& subject, std::string_view text) {
  const catalog::Filter* filter = subject.catalog->FindFilter(leaf.base);
  return filter == nullptr ? std::nullopt : ParseFilterNumber(*filter, text);
}

Truth BitsHold(std::int64_t wanted, std::int64_t present) {
  const bool all = (present & wanted) == wanted;
  const bool any = (present & wanted) != 0;
  if (all != any) return Truth::kUnknown;  // whether the system asks for all bits or for any is not known
  return all ? Truth::kTrue : Truth::kFalse;
}

Truth NumberLeaf(const Leaf& leaf, const Subject& subject) {
  const Known known = Lookup(leaf, subject);
  if (known.cannot_apply) return Truth::kFalse;
  Truth truth = known.closed ? Truth::kFalse : Truth::kUnknown;
  if (known.values != nullptr) {
    for (const std::string& value : *known.values) {
      const auto number = NumberOf(leaf, subject, value);
      if (!number) {
        truth = std::max(truth, Truth::kUnknown);  // a constant whose number nobody knows
        continue;
      }
      for (const std::int64_t wanted : leaf.numbers) {
        const Truth one = leaf.kind == Leaf::Kind::kBits ? BitsHold(wanted, *number)
                          : wanted == *number            ? Truth::kTrue
                                                         : Truth::kFalse;
        if (one == Truth::kTrue) return one;
        truth = std::max(truth, one);
      }
    }
  }
  const auto excluded = [&](std::int64_t wanted) {
    return std::ranges::any_of(known.set->does_not_hold,
                               [&](const std::string& value) { return NumberOf(leaf, subject, value) == wanted; });
  };
  if (known.set != nullptr && leaf.kind == Leaf::Kind::kNumber && std::ranges::all_of(leaf.numbers, excluded)) {
    return Truth::kFalse;
  }
  return truth;
}

// (extension-path-ancestor) and the like: a bare yes or no, given as NAME=true.
Truth FlagLeaf(const Leaf& leaf, const Subject& subject) {
  const Known known = Lookup(leaf, subject);
  if (known.cannot_apply) return Truth::kFalse;
  if (known.values != nullptr && Contains(*known.values, "true")) return Truth::kTrue;
  if (known.set != nullptr && Contains(known.set->does_not_hold, "true")) return Truth::kFalse;
  return known.closed ? Truth::kFalse : Truth::kUnknown;
}

Truth NetworkLeaf(const Leaf& leaf, const Subject& subject) {
  const bool is_local = leaf.base == "local";
  const EndView& own = is_local ? subject.local : subject.remote;
  const EndView& other = is_local ? subject.remote : subject.local;
  EndView unbound;
  const EndView* end = &own;
  if (!own.present) {
    // Binding and accepting are decided by the local end alone: a filter on the remote one never matches.
    if (!is_local && other.present) return Truth::kFalse;
    if (!other.present) return CannotApply(leaf.base, *subject.query) ? Truth::kFalse : Truth::kUnknown;
    unbound = UnboundLocal(other);
    end = &unbound;
  }
  Truth truth = Truth::kFalse;
  for (const NetworkTest& test : leaf.ends) truth = std::max(truth, MatchesEnd(test, *end));
  return truth;
}

// CLASS or CLASS:PATH. What is given of a class is all of it.
Truth ExtensionLeaf(const Leaf& leaf, const Subject& subject) {
  const Known known = Lookup(leaf, subject);
  Truth truth = Truth::kFalse;
  for (const std::string& name : leaf.names) {
    Truth one = known.closed ? Truth::kFalse : Truth::kUnknown;
    if (known.set != nullptr && Contains(known.set->does_not_hold, name)) one = Truth::kFalse;
    static const std::vector<std::string> kNone;
    for (const std::string& held : known.values == nullptr ? kNone : *known.values) {
      if (!held.starts_with(name)) continue;
      if (held.size() == name.size()) return Truth::kTrue;
      if (held[name.size()] != ':') continue;
      one = Truth::kFalse;
      StringTest below{MatchKind::kSubpath, held.substr(name.size() + 1), {}};
      if (subject.fold) AssignLowered(below.text, held.substr(name.size() + 1));
      if (subject.has_path && MatchesString(below, subject.path)) return Truth::kTrue;
    }
    truth = std::max(truth, one);
  }
  return truth;
}

// Collects NAME and NAME:VALUE of one entitlement for the value tests that follow.
void CollectEntitlement(std::string_view name, const std::vector<std::string>& from, std::vector<std::string>& into) {
  for (const std::string& held : from) {
    if (!held.starts_with(name)) continue;
    if (held.size() == name.size()) into.emplace_back("true");
    if (held.size() > name.size() && held[name.size()] == ':') into.push_back(held.substr(name.size() + 1));
  }
}

Truth EntitlementLoadLeaf(const Leaf& leaf, Subject& subject) {
  const Known known = Lookup(leaf, subject);
  FactSet& loaded = subject.entitlement_storage;
  loaded = {};
  subject.entitlement = &loaded;
  Truth truth = known.closed ? Truth::kFalse : Truth::kUnknown;
  for (const std::string& name : leaf.names) {
    if (known.values != nullptr) CollectEntitlement(name, *known.values, loaded.holds);
    if (known.set != nullptr && Contains(known.set->does_not_hold, name)) truth = Truth::kFalse;
  }
  loaded.closed = !loaded.holds.empty() || truth == Truth::kFalse;
  if (loaded.holds.empty()) return truth;
  if (leaf.kind != Leaf::Kind::kEntitlementTrue) return Truth::kTrue;
  return Contains(loaded.holds, "true") ? Truth::kTrue : Truth::kFalse;
}

Truth EntitlementValueLeaf(const Leaf& leaf, const Subject& subject) {
  if (subject.entitlement == nullptr || !subject.entitlement->closed) return Truth::kUnknown;
  const std::vector<std::string>& values = subject.entitlement->holds;
  if (leaf.kind == Leaf::Kind::kEntitlementBoolean) {
    return Contains(values, leaf.numbers.front() != 0 ? "true" : "false") ? Truth::kTrue : Truth::kFalse;
  }
  Truth truth = Truth::kFalse;
  for (const std::string& value : values) truth = std::max(truth, MatchesAnyTest(leaf.tests, value));
  return truth;
}

Truth EvaluateLeaf(const Leaf& leaf, Subject& subject) {
  switch (leaf.kind) {
    case Leaf::Kind::kString: return StringLeaf(leaf, subject);
    case Leaf::Kind::kNumber:
    case Leaf::Kind::kBits: return NumberLeaf(leaf, subject);
    case Leaf::Kind::kFlag: return FlagLeaf(leaf, subject);
    case Leaf::Kind::kNetwork: return NetworkLeaf(leaf, subject);
    case Leaf::Kind::kExtension: return ExtensionLeaf(leaf, subject);
    case Leaf::Kind::kMountRelative: return MountRelativeLeaf(leaf, subject);
    case Leaf::Kind::kEntitlementLoad:
    case Leaf::Kind::kEntitlementTrue: return EntitlementLoadLeaf(leaf, subject);
    case Leaf::Kind::kEntitlementString:
    case Leaf::Kind::kEntitlementBoolean: return EntitlementValueLeaf(leaf, subject);
    case Leaf::Kind::kUnsupported: return Truth::kUnknown;
  }
  return Truth::kUnknown;
}

}  // namespace

FactTable MakeFactTable(const std::vector<Fact>& facts) {
  FactTable table;
  for (const Fact& fact : facts) {
    FactSet& set = table[fact.name];
    switch (fact.kind) {
      case Fact::Kind::kHolds:
        set.holds.push_back(fact.value);
        if (!MayHoldSeveral(fact.name)) set.closed = true;
        break;
      case Fact::Kind::kDoesNotHold: set.does_not_hold.push_back(fact.value); break;
      case Fact::Kind::kNothingElse: set.closed = true; break;
    }
  }
  return table;
}

Spelling SpellingFor(const catalog::Catalog& catalog) {
  return catalog.IsAtLeast("12.5") ? Spelling::kCanonical : Spelling::kAsLogged;
}

void Subject::Reset(const Query& asked, const FactTable& given, PathRules rules, const catalog::Catalog& known) {
  query = &asked;
  facts = &given;
  catalog = &known;
  fold = rules.case_rule == CaseRule::kFoldPaths;
  unknown = nullptr;
  entitlement = nullptr;
  has_path = asked.path.has_value();
  has_second_path = asked.second_path.has_value();
  const auto take = [&](std::string& into, const std::string& from) {
    fold ? AssignLowered(into, from) : void(into.assign(from));
  };
  if (has_path) {
    const bool as_logged = rules.spelling == Spelling::kAsLogged && asked.spelled_path;
    take(path, as_logged ? *asked.spelled_path : *asked.path);
  }
  if (has_second_path) take(second_path, *asked.second_path);
  local = asked.local ? ViewOf(*asked.local, true) : EndView();
  remote = asked.remote ? ViewOf(*asked.remote, false) : EndView();
  if (!asked.local && !asked.remote) return;
  if (const auto protocol = given.find("protocol"); protocol != given.end() && !protocol->second.holds.empty()) {
    const unsigned bits = ProtocolBits(protocol->second.holds.front());
    for (EndView* end : {&local, &remote}) {
      if (end->protocol == 0) end->protocol = bits & (kTcp | kUdp);
      if (end->family == 0) end->family = bits & (kIp4 | kIp6);
    }
  }
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

Truth Evaluate(const Node& node, Subject& subject) {
  if (node.kind == Node::Kind::kLeaf) {
    const Truth truth = EvaluateLeaf(node.leaf, subject);
    if (truth == Truth::kUnknown && subject.unknown == nullptr) subject.unknown = &node.leaf;
    return truth;
  }
  const bool any = node.kind == Node::Kind::kAny;
  const Truth decisive = any ? Truth::kTrue : Truth::kFalse;
  const Leaf* const unknown_before = subject.unknown;
  Truth truth = any ? Truth::kFalse : Truth::kTrue;
  for (const Node& child : node.children) {
    const Truth one = Evaluate(child, subject);
    if (node.kind == Node::Kind::kNot) return Not(one);
    if (one == decisive) {
      subject.unknown = unknown_before;  // what was unknown on the way made no difference
      return decisive;
    }
    if (one == Truth::kUnknown) truth = Truth::kUnknown;
  }
  return truth;
}

std::string UnknownReason(const Leaf& leaf, const Subject& subject) {
  const std::string word = leaf.source->spelled.empty() ? leaf.source->name : leaf.source->spelled;
  for (const StringTest& test : leaf.tests) {
    if (test.regex && !test.regex->syntax().uncertain.empty()) {
      return fmt::format("{} in ({} \"{}\")", test.regex->syntax().uncertain, word, test.text);
    }
  }
  if (leaf.kind == Leaf::Kind::kUnsupported) return fmt::format("the filter ({} …) cannot be judged offline", word);
  if (leaf.kind == Leaf::Kind::kNetwork) {
    if (!subject.local.present && !subject.remote.present) {
      return fmt::format("the filter ({} …) needs the connection's address, and the target names none", word);
    }
    return fmt::format("the filter ({} …) needs the connection's host, port or protocol, which the log does not tell; "
                       "name them in the target (tcp:127.0.0.1:443) or give --fact protocol=tcp or udp", word);
  }
  if (subject.has_second_path && (leaf.base == "path" || leaf.base == "mount-relative-path")) {
    return fmt::format("the filter ({} …) matches one of the two paths, and which one counts is not known", word);
  }
  if (leaf.base == "path") return fmt::format("the filter ({} …) needs a path, and the target names none", word);
  if (leaf.kind == Leaf::Kind::kFlag) {
    return fmt::format("the filter ({}) needs a fact that no log carries; give --fact {}=true or {}!=true", word,
                       leaf.base, leaf.base);
  }
  return fmt::format("the filter ({} …) needs a fact that the log does not carry; give --fact {}=…", word, leaf.base);
}

}  // namespace sbtune::sbpl
