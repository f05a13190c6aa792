#include "profiles/sbpl/decide/subject.h"

#include <algorithm>
#include <charconv>

namespace sbtune::sbpl {
namespace {

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

}  // namespace sbtune::sbpl
