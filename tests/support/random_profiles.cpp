#include "tests/support/random_profiles.h"

#include "tests/support/make_rules.h"

namespace sbtune::test {
namespace {

enum Family : std::size_t { kFile, kMach, kNetwork, kSignal, kSyscall, kFamilies };

const std::vector<std::string> kOperations[kFamilies] = {
    {"default", "file*", "file-read*", "file-read-data", "file-read-metadata", "file-write*", "file-write-data",
     "file-write-unlink", "file-write-setugid", "file-clone", "file-ioctl", "file-mknod", "process-exec*"},
    {"default", "mach*", "mach-lookup", "mach-register"},
    {"default", "network*", "network-inbound", "network-bind", "network-outbound"},
    {"default", "signal", "process-info*", "process-info-pidinfo", "mach-task-name", "mach-priv-task-port"},
    {"default", "syscall*", "syscall-unix", "system*", "system-socket"},
};

const std::vector<std::string> kNames = {"com.a", "com.a.b", "com.ab", "org.x", "com.A", ""};
const std::vector<std::string> kRegexes = {"^/a/",    "/b$",     "b",        "^/[ab]+$",  "(/|$)c", "^/a(/b|/c)*$", ".",
                                           "^/A/b.c", "[^/]b$",  "^/a/b",    "x|y",       "",       "^/tmp/.*\\.txt$",
                                           "^/a/*b",  "(a|b)c?", "/\\.git/", "^/p(riv)+", "{3}"};
const std::vector<std::string> kAddresses = {"*:*", "localhost:*", "*:80", "localhost:80", "*:443"};
const std::vector<std::string> kTargets = {"*:80", "127.0.0.1:80", "8.8.8.8:443", "tcp:*:80", "udp:*:443", "[::1]:80", "*:*"};

}  // namespace

std::string RandomProfiles::RandomPath() {
  static const std::vector<std::string> kParts = {"a", "b", "c", "ab", "A", "private", "tmp", ".git", "x.txt", "priv"};
  std::string path;
  const std::size_t depth = Below(5);
  for (std::size_t i = 0; i < depth; ++i) path += "/" + Pick(kParts);
  return path.empty() ? "/" : path;
}

Filter RandomProfiles::RandomLeaf(std::size_t family) {
  switch (Below(9)) {  // some filters that may stand anywhere
    case 0: return Text("extension", {Pick({"com.x", "com.y"})});
    case 1: return Number("process-attribute", {static_cast<std::int64_t>(Below(3))});
    default: break;
  }
  switch (family) {
    case kFile:
    case kNetwork: {
      if (family == kNetwork && Below(2) == 0) {
        static constexpr std::int64_t kProtocols[] = {1, 2, 3, 5, 6, 7, 9, 10, 11};
        return Network(Below(3) == 0 ? "local" : "remote", kProtocols[Below(9)], Pick(kAddresses));
      }
      switch (Below(7)) {
        case 0: return Literal(RandomPath());
        case 1: return Prefix(RandomPath());
        case 2: return RegexFilter(Pick(kRegexes));
        case 3: return Number("vnode-type", {static_cast<std::int64_t>(1 + Below(3))});
        case 4: return Text("mount-relative-path-prefix", {RandomPath()});
        case 5: return Text("subpath", {RandomPath(), RandomPath()});
        default: return Subpath(RandomPath());
      }
    }
    case kMach:
      switch (Below(4)) {
        case 0: return Text("global-name-prefix", {Pick(kNames)});
        case 1: return Text("global-name-regex", {Pick({"^com", "b$", "^com\\.a(\\.|$)"})});
        case 2: return Text("local-name", {Pick(kNames)});
        default: return GlobalName(Pick(kNames));
      }
    case kSignal:
      if (Below(4) == 0) return Number("signal-number", {static_cast<std::int64_t>(9 + Below(7))});
      return Number("target", {static_cast<std::int64_t>(1 + Below(5))});
    default:
      if (Below(3) == 0) return Number("socket-domain", {static_cast<std::int64_t>(30 + Below(4))});
      return Number("syscall-number", {static_cast<std::int64_t>(Below(6)), static_cast<std::int64_t>(Below(6))});
  }
}

Filter RandomProfiles::RandomFilter(std::size_t family, std::size_t depth) {
  const std::size_t kind = depth == 0 ? 9 : Below(10);
  if (kind == 0) return Not(RandomFilter(family, depth - 1));
  if (kind > 2) return RandomLeaf(family);
  std::vector<Filter> parts;
  for (std::size_t i = 0, count = 1 + Below(3); i < count; ++i) parts.push_back(RandomFilter(family, depth - 1));
  return kind == 1 ? All(std::move(parts)) : Any(std::move(parts));
}

Rule RandomProfiles::RandomRule() {
  const std::size_t family = Below(3) == 0 ? Below(kFamilies) : std::size_t{kFile};
  std::vector<std::string> operations = {Pick(kOperations[family])};
  if (Below(5) == 0) operations.push_back(Pick(kOperations[family]));
  std::vector<Filter> filters;
  for (std::size_t i = 0, count = Below(6) == 0 ? 0 : 1 + Below(2); i < count; ++i) {
    filters.push_back(RandomFilter(family, 2));
  }
  Rule rule = Make(Below(2) == 0 ? access::Action::kAllow : access::Action::kDeny, std::move(operations), std::move(filters));
  if (Below(6) == 0) rule.modifiers.push_back({"message", "message", {{Pick({"m", "n"}), "", {}}}, {}, {}});
  return rule;
}

sbpl::Profile RandomProfiles::Profile(std::size_t rules, std::string macos) {
  std::vector<Rule> list;
  for (std::size_t i = 0; i < rules; ++i) list.push_back(RandomRule());
  return MakeProfile(std::move(list), std::move(macos));
}

Filter RandomProfiles::AnyLeaf(const catalog::Catalog& catalog, const catalog::Operation& operation) {
  const catalog::Filter* filter = nullptr;
  do {
    filter = &catalog.filters()[Below(catalog.filters().size())];
  } while (!catalog.Applies(*filter, operation));
  const std::string name(filter->name);
  switch (filter->argument) {
    case catalog::ArgumentType::kString: return Text(name, {Below(3) == 0 ? RandomPath() : Pick(kNames), Pick(kNames)});
    case catalog::ArgumentType::kPath: return Text(name, {RandomPath()});
    case catalog::ArgumentType::kRegex: return Text(name, {Pick(kRegexes)});
    case catalog::ArgumentType::kInteger:
    case catalog::ArgumentType::kBitfield: return Number(name, {static_cast<std::int64_t>(Below(6))});
    case catalog::ArgumentType::kNetwork: return Network(name, 3 + 4 * static_cast<std::int64_t>(Below(3)), Pick(kAddresses));
    case catalog::ArgumentType::kNone: break;
  }
  return Text(name, {});
}

// As the loader names it: a word that became an alias is none.
const catalog::Operation& RandomProfiles::AnyOperation(const catalog::Catalog& catalog) {
  for (;;) {
    const catalog::Operation& operation = catalog.operations()[Below(catalog.operations().size())];
    const auto named = catalog.FindOperation(operation.name);
    if (named && named->operation == &operation) return operation;
  }
}

sbpl::Profile RandomProfiles::ProfileOfEverything(std::size_t rules, std::string macos) {
  const catalog::Catalog& catalog = **catalog::Catalog::ForVersion(macos);
  std::vector<Rule> list;
  const catalog::Operation* operation = nullptr;
  for (std::size_t i = 0; i < rules; ++i) {
    // Neighbours often, so that rules meet on one operation and along the chain of its parents.
    if (operation != nullptr && Below(4) == 0) operation = catalog.Parent(*operation);
    if (operation == nullptr || Below(3) == 0) operation = &AnyOperation(catalog);
    std::vector<Filter> filters;
    for (std::size_t n = Below(5) == 0 ? 0 : 1 + Below(3); n > 0; --n) {
      Filter one = AnyLeaf(catalog, *operation);
      if (Below(5) == 0) one = Not(std::move(one));
      if (Below(5) == 0) one = All({std::move(one), AnyLeaf(catalog, *operation)});
      if (Below(5) == 0) one = Any({std::move(one), AnyLeaf(catalog, *operation)});
      filters.push_back(std::move(one));
    }
    list.push_back(Make(Below(2) == 0 ? access::Action::kAllow : access::Action::kDeny, {std::string(operation->name)},
                        std::move(filters)));
  }
  return MakeProfile(std::move(list), std::move(macos));
}

RandomProfiles::Asked RandomProfiles::Access() {
  const std::size_t family = Below(3) == 0 ? Below(kFamilies) : std::size_t{kFile};
  Asked asked{Pick(kOperations[family]), ""};
  if (Below(20) == 0) return asked;
  switch (family) {
    case kFile: asked.target = RandomPath(); break;
    case kMach: asked.target = Pick(kNames); break;
    case kNetwork:
      asked.target = Below(3) == 0 ? RandomPath() : Pick({"", "remote:", "local:"}) + Pick(kTargets);
      break;
    case kSignal: asked.target = Pick({"self", "others [x(1)] signum:15", "pgrp", "children signum:9", "same-sandbox"}); break;
    default: asked.target = Pick({"1", "3", "5", "domain:32 type:2 protocol:2", "x"}); break;
  }
  return asked;
}

std::vector<std::string> RandomProfiles::Facts() {
  std::vector<std::string> facts;
  if (Below(3) == 0) facts.push_back("extension=com.x:" + RandomPath());
  if (Below(4) == 0) facts.emplace_back("extension!=com.y");
  if (Below(4) == 0) facts.emplace_back("extension=");
  if (Below(3) == 0) facts.push_back("vnode-type=" + std::to_string(1 + Below(3)));
  if (Below(4) == 0) facts.emplace_back("process-attribute!=1");
  if (Below(6) == 0) facts.emplace_back("protocol=tcp");
  return facts;
}

}  // namespace sbtune::test
