#include "profiles/regions/target_space.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/result.h"
#include "profiles/automata/wordset.h"
#include "profiles/sbpl/decide/evaluate.h"

namespace sbtune::regions {
namespace {

using automata::Automaton;
using automata::Edge;
using automata::Label;
using automata::RawAutomaton;
using automata::StateId;

struct KindInfo {
  Kind kind;
  std::string_view filter;
};

constexpr std::array kKinds = std::to_array<KindInfo>({
    {Kind::kPath, "path"},
    {Kind::kOutbound, "remote"},
    {Kind::kLocalEnd, "local"},
    {Kind::kControl, "control-name"},
    {Kind::kGlobalName, "global-name"},
    {Kind::kLocalName, "local-name"},
    {Kind::kXpcName, "xpc-service-name"},
});

bool Contains(const auto& list, std::string_view name) { return std::ranges::find(list, name) != list.end(); }

// A log tells the local end of a bind or an accept, the remote end of everything else.
bool AsksLocalEnd(std::string_view operation) {
  return operation == "network-bind" || operation == "network-inbound";
}

// The string filter that names the target: the first that rules use, else the first of the operation.
const catalog::Filter* NamingFilter(const catalog::Operation& operation, const catalog::Catalog& catalog,
                                    const std::vector<std::string>& used) {
  const catalog::Filter* first = nullptr;
  std::vector<std::string_view> names(operation.filters.begin(), operation.filters.end());
  names.insert(names.end(), used.begin(), used.end());
  for (const std::string_view name : names) {
    const catalog::Filter* filter = catalog.FindFilter(name);
    if (filter == nullptr || filter->argument != catalog::ArgumentType::kString || filter->applies_everywhere) continue;
    if (!catalog.Applies(*filter, operation)) continue;
    if (Contains(used, filter->base)) return filter;
    if (first == nullptr && Contains(operation.filters, name)) first = filter;
  }
  return first;
}

// Words of one kind, without the first byte, by a state machine in which "any byte" leaves out NUL and, when
// folding, capitals.
class Grammar {
 public:
  static constexpr StateId kStart = 0, kDead = 1;

  explicit Grammar(bool fold) : fold_(fold), states_(2) {}

  StateId State() {
    states_.emplace_back();
    return static_cast<StateId>(states_.size() - 1);
  }
  void Accept(StateId state) { states_[state].accepts = true; }
  void Go(StateId from, unsigned first, unsigned last, StateId to) {
    std::fill(states_[from].next.begin() + first, states_[from].next.begin() + last + 1, to);
  }
  void Go(StateId from, char byte, StateId to) {
    Go(from, static_cast<unsigned char>(byte), static_cast<unsigned char>(byte), to);
  }
  void GoAny(StateId from, StateId to) {
    Go(from, 1, 255, to);
    if (fold_) Go(from, 'A', 'Z', kDead);
  }

  [[nodiscard]] Automaton Build() const {
    RawAutomaton raw;
    for (const OneState& state : states_) raw.Add(state.accepts ? 1 : 0);
    for (StateId at = 0; at < states_.size(); ++at) {
      std::vector<Edge> edges;
      for (unsigned byte = 0; byte < 256; ++byte) {
        edges.push_back({static_cast<std::uint8_t>(byte), states_[at].next[byte]});
      }
      raw.SetEdges(at, std::move(edges));
    }
    return Automaton::Minimal(raw);
  }

 private:
  struct OneState {
    std::vector<StateId> next = std::vector<StateId>(256, kDead);
    bool accepts = false;
  };
  bool fold_;
  std::vector<OneState> states_;
};

Automaton Names(bool fold) {
  Grammar grammar(fold);
  const StateId rest = grammar.State();
  grammar.GoAny(Grammar::kStart, rest);
  grammar.GoAny(rest, rest);
  grammar.Accept(rest);
  return grammar.Build();
}

// Family, protocol, host, and a port of one to five digits.
Automaton Ends() {
  Grammar grammar(false);
  const StateId family = grammar.State(), protocol = grammar.State(), host = grammar.State(), zero = grammar.State();
  for (const char byte : {'4', '6'}) grammar.Go(Grammar::kStart, byte, family);
  for (const char byte : {'t', 'u'}) grammar.Go(family, byte, protocol);
  for (const char byte : {'h', 'r'}) grammar.Go(protocol, byte, host);
  grammar.Go(host, '0', zero);
  grammar.Accept(zero);
  StateId digits = grammar.State();
  grammar.Go(host, '1', '9', digits);
  grammar.Accept(digits);
  for (int more = 0; more < 4; ++more) {
    const StateId longer = grammar.State();
    grammar.Go(digits, '0', '9', longer);
    grammar.Accept(longer);
    digits = longer;
  }
  return grammar.Build();
}

Automaton NothingElse() { return automata::WordSet().Add("", automata::WordSet::Kind::kExact).Build(); }

Automaton And(const Automaton& a, const Automaton& b) {
  auto both = automata::Combine(a, b, [](Label x, Label y) { return x & y; });
  SBTUNE_ASSERT(both.has_value());
  return std::move(*both);
}

Automaton WordsOf(const TargetSpace& space, Kind kind) {
  switch (kind) {
    case Kind::kNone: return NothingElse();
    case Kind::kOutbound:
    case Kind::kLocalEnd: return Ends();
    case Kind::kControl:
    case Kind::kGlobalName:
    case Kind::kLocalName:
    case Kind::kXpcName: return Names(false);
    case Kind::kText: return Names(space.fold_text);
    case Kind::kPath: break;
  }
  const Automaton paths = CleanPaths(space.fold_paths);
  if (space.links == Links::kAsSpelled) return paths;
  automata::WordSet through;
  for (const std::string_view link : {"/tmp/", "/var/", "/etc/"}) through.Add(link, automata::WordSet::Kind::kPrefix);
  return And(paths, automata::Map(through.Build(), [](Label label) { return 1 - label; }));
}

// Connections.

sbpl::NetworkEnd EndOf(std::string_view word, bool is_local) {
  const bool is_four = word[1] == '4';
  sbpl::NetworkEnd end;
  end.protocol = std::string(word[2] == 't' ? "tcp" : "udp") + word[1];
  if (word[3] == 'h') end.host = is_four ? "127.0.0.1" : "::1";
  if (word[3] == 'r') end.host = is_local ? (is_four ? "0.0.0.0" : "::") : (is_four ? "192.0.2.1" : "2001:db8::1");
  end.port = word.substr(4);
  return end;
}

std::string WordOfEnd(Kind kind, const sbpl::NetworkEnd& end) {
  if (end.host.empty() || end.host == "*" || end.port.empty() || end.port == "*") return "";
  const bool is_six = end.protocol.ends_with('6') || end.host.find(':') != std::string::npos;
  const bool here = end.host == "localhost" || end.host == "::1" || end.host.starts_with("127.") ||
                    (kind == Kind::kLocalEnd && end.host != "0.0.0.0" && end.host != "::");
  if (!end.protocol.starts_with("tcp") && !end.protocol.starts_with("udp")) return "";
  return fmt::format("{}{}{}{}{}", static_cast<char>(kind), is_six ? '6' : '4', end.protocol[0], here ? 'h' : 'r', end.port);
}

}  // namespace

// "/" or "/a/b": no empty part, no "." and "..", no slash at the end.
Automaton CleanPaths(bool fold) {
  Grammar grammar(fold);
  const StateId root = grammar.State(), slash = grammar.State(), part = grammar.State(), dot = grammar.State(),
                dots = grammar.State();
  grammar.Go(Grammar::kStart, '/', root);
  for (const StateId before : {root, slash}) {
    grammar.GoAny(before, part);
    grammar.Go(before, '/', Grammar::kDead);
    grammar.Go(before, '.', dot);
  }
  for (const StateId inside : {part, dot, dots}) {
    grammar.GoAny(inside, part);
    grammar.Go(inside, '/', inside == part ? slash : Grammar::kDead);
  }
  grammar.Go(dot, '.', dots);
  grammar.Accept(root);
  grammar.Accept(part);
  return grammar.Build();
}

bool TargetSpace::Has(Kind kind) const { return std::ranges::find(kinds, kind) != kinds.end(); }

TargetSpace SpaceOf(const catalog::Operation& operation, const catalog::Catalog& catalog, sbpl::CaseRule case_rule,
                    const std::vector<std::string>& used) {
  TargetSpace space;
  space.fold_paths = case_rule == sbpl::CaseRule::kFoldPaths;
  const bool canonical = sbpl::SpellingFor(catalog) == sbpl::Spelling::kCanonical;
  if (!canonical || operation.name == "file-test-existence") space.links = Links::kAsSpelled;
  for (const KindInfo& info : kKinds) {
    const catalog::Filter* filter = catalog.FindFilter(info.filter);
    const bool applies = Contains(operation.filters, info.filter) ||
                         (filter != nullptr && Contains(used, info.filter) && catalog.Applies(*filter, operation));
    const bool other_end = (info.kind == Kind::kLocalEnd) != AsksLocalEnd(operation.name) &&
                           (info.kind == Kind::kLocalEnd || info.kind == Kind::kOutbound);
    if (applies && !other_end) space.kinds.push_back(info.kind);
  }
  if (!space.kinds.empty()) return space;
  if (const catalog::Filter* filter = NamingFilter(operation, catalog, used)) {
    space.kinds = {Kind::kText};
    space.text_filter = filter->base;
    space.fold_text = filter->folds_case && space.fold_paths;
  } else {
    space.kinds = {Kind::kNone};
  }
  return space;
}

Kind KindTested(const TargetSpace& space, std::string_view base) {
  if (space.Has(Kind::kText) && base == space.text_filter) return Kind::kText;
  for (const KindInfo& info : kKinds) {
    if (info.filter == base && space.Has(info.kind)) return info.kind;
  }
  return Kind::kNone;
}

Automaton AllTargets(const TargetSpace& space) {
  Automaton all = Automaton::Constant(0);
  for (const Kind kind : space.kinds) {
    const Automaton own = automata::Prefixed(static_cast<std::uint8_t>(kind), WordsOf(space, kind), 0);
    auto both = automata::Combine(all, own, [](Label x, Label y) { return x | y; });
    SBTUNE_ASSERT(both.has_value());
    all = std::move(*both);
  }
  return all;
}

sbpl::Query QueryOf(std::string_view operation, const TargetSpace& space, std::string_view word) {
  SBTUNE_ASSERT(!word.empty());
  sbpl::Query query;
  query.operation = operation;
  const std::string text(word.substr(1));
  switch (static_cast<Kind>(word[0])) {
    case Kind::kNone: break;
    case Kind::kPath: query.path = text; break;
    case Kind::kOutbound: query.remote = EndOf(word, false); break;
    case Kind::kLocalEnd: query.local = EndOf(word, true); break;
    case Kind::kControl: query.facts["control-name"] = {text}; break;
    case Kind::kGlobalName: query.facts["global-name"] = {text}; break;
    case Kind::kLocalName: query.facts["local-name"] = {text}; break;
    case Kind::kXpcName: query.facts["xpc-service-name"] = {text}; break;
    case Kind::kText: query.facts[space.text_filter] = {text}; break;
  }
  return query;
}

std::string WordOf(const TargetSpace& space, const sbpl::Query& query) {
  const auto fact = [&](std::string_view name) -> const std::string* {
    const auto found = query.facts.find(name);
    return found == query.facts.end() || found->second.empty() ? nullptr : &found->second.front();
  };
  const auto word = [](Kind kind, const std::string& text, bool fold) {
    return static_cast<char>(kind) + (fold ? sbpl::Lowered(text) : text);
  };
  for (const Kind kind : space.kinds) {
    switch (kind) {
      case Kind::kNone: return "n";
      case Kind::kPath:
        if (query.path) return word(kind, *query.path, space.fold_paths);
        break;
      case Kind::kOutbound:
        if (query.remote) return WordOfEnd(kind, *query.remote);
        break;
      case Kind::kLocalEnd:
        if (query.local) return WordOfEnd(kind, *query.local);
        break;
      case Kind::kText:
        if (const auto* text = fact(space.text_filter)) return word(kind, *text, space.fold_text);
        break;
      case Kind::kControl:
      case Kind::kGlobalName:
      case Kind::kLocalName:
      case Kind::kXpcName:
        for (const KindInfo& info : kKinds) {
          if (info.kind != kind) continue;
          if (const auto* text = fact(info.filter)) return word(kind, *text, false);
        }
        break;
    }
  }
  return "";
}

std::string TargetText(const TargetSpace&, std::string_view word) {
  const std::string text(word.substr(1));
  switch (static_cast<Kind>(word[0])) {
    case Kind::kNone: return "";
    case Kind::kPath:
    case Kind::kGlobalName:
    case Kind::kText: return text;
    case Kind::kControl: return "control-name:" + text;
    case Kind::kLocalName: return "local-name:" + text;
    case Kind::kXpcName: return "xpc-service-name:" + text;
    case Kind::kOutbound:
    case Kind::kLocalEnd: {
      const sbpl::NetworkEnd end = EndOf(word, word[0] == static_cast<char>(Kind::kLocalEnd));
      return fmt::format("{}:{}:{}", end.protocol, end.host, end.port);
    }
  }
  return text;
}

}  // namespace sbtune::regions
