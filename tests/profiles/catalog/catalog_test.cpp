#include "profiles/catalog/catalog.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace sbtune;
using catalog::Catalog;
using catalog::Operation;
using catalog::Terminal;

namespace {

const Catalog& At(std::string_view version) {
  const base::Result<const Catalog*> found = Catalog::ForVersion(version);
  REQUIRE(found.has_value());
  return **found;
}

// "a < b < c": the chain that decides, with "!deny" or "!allow" where the table itself decides.
std::string Chain(const Catalog& catalog, std::string_view word) {
  std::string text;
  for (const Operation* at = catalog.FindLoggedOperation(word); at != nullptr; at = catalog.Parent(*at)) {
    if (!text.empty()) text += " < ";
    text += at->name;
    if (at->terminal == Terminal::kDenied) text += " !deny";
    if (at->terminal == Terminal::kAllowed) text += " !allow";
    if (at->default_allowed) return text + " !preamble";
  }
  return text;
}

}  // namespace

TEST_CASE("A version selects its own table, the nearest older one, or an error that lists the known ones") {
  const struct { std::string asked; std::string used; } rows[] = {
      {"", "26"}, {"26", "26"}, {"26.6.2", "26"}, {"15.7.9", "15"}, {"15", "15"}, {"14.4.1", "14.4"}, {"14.3", "13.0"},
      {"14", "13.0"}, {"12", "10.15"}, {"11.7", "10.15"}, {"10.16", "10.15"}, {"10.11.6", "10.10"}, {"10.9.5", "10.9"},
      {"27", "26"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.asked);
    CHECK(At(row.asked).version() == row.used);
  }
  for (const char* bad : {"10.8", "ten", "14.", "14.4.1.2", "-1", "14,4", "99999999999999"}) {
    CAPTURE(bad);
    const auto found = Catalog::ForVersion(bad);
    REQUIRE(!found.has_value());
    CHECK(found.error().message ==
          "no table for macOS version '" + std::string(bad) +
              "'; known are 10.9, 10.10, 10.12, 10.13, 10.14, 10.15, 12.5, 13.0, 14.4, 15, 26 "
              "(a version between two takes the older)");
  }
}

TEST_CASE("The chain of parents is the table's, not the spelling's") {
  const struct { std::string version; std::string word; std::string chain; } rows[] = {
      {"13.0", "network-bind", "network-bind < network-inbound < network* < default !deny"},
      {"13.0", "file-mount-update", "file-mount-update < file-mount < file* < default !deny"},
      {"13.0", "file-mknod", "file-mknod < file* < default !deny"},
      {"13.0", "file-write-unlink", "file-write-unlink < file-write* < file* < default !deny"},
      {"13.0", "mach-task-name", "mach-task-name < mach-task-inspect < mach-task-read < mach-task* < "
                                 "mach-priv-task-port < mach-priv* < mach* < default !deny"},
      {"10.15", "mach-task-name", "mach-task-name < mach* < default !deny"},
      {"13.0", "managed-preference-read",
       "managed-preference-read < user-preference-read < user-preference* < default !deny"},
      {"13.0", "pseudo-tty", "pseudo-tty < default !deny"},
      {"10.12", "file-write-setugid", "file-write-setugid < file-write* < file* < default !deny"},
      {"10.13", "file-write-setugid", "file-write-setugid !deny"},
      {"26", "file-write-setugid", "file-write-setugid !deny"},
      {"26", "job-creation", "job-creation !deny"},
      {"26", "storage-class-map", "storage-class-map !deny"},
      {"10.9", "file-clone", "file-clone !allow"},  // only newer systems have it: as in the first that does
      {"10.15", "file-clone", "file-clone !allow"},
      {"14.4", "file-clone", "file-clone !preamble"},
      {"13.0", "file-clone", "file-clone !preamble"},
      {"26", "file-graft", "file-graft !preamble"},
      {"26", "fs-snapshot-mount", "fs-snapshot-mount !preamble"},
      {"26", "fs-snapshot-create", "fs-snapshot-create < fs-snapshot* < default !deny"},
      {"10.15", "process-info-pidinfo", "process-info-pidinfo < process-info* !allow"},
      {"10.15", "syscall-unix", "syscall-unix !allow"},
      {"10.9", "process-exec*", "process-exec* < process* < default !deny"},
      {"26", "process-exec", "process-exec* < process* < default !deny"},
      {"26", "iokit-open", "iokit-open-user-client < iokit-open* < iokit* < default !deny"},
      {"10.15", "iokit-open", "iokit-open < iokit* < default !deny"},
      {"10.14", "ipc-posix-shm-read-data", "ipc-posix-shm-read-data < ipc-posix-shm-read* < ipc-posix-shm* < "
                                           "ipc-posix* < ipc* < default !deny"},
      {"10.15", "ipc-posix-shm-read-data",
       "ipc-posix-shm-read-data < ipc-posix-shm* < ipc-posix* < ipc* < default !deny"},
      {"10.12", "process-codesigning-status-get",
       "process-codesigning-status-get < process-codesigning-status* < process* < default !deny"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.version);
    CHECK(Chain(At(row.version), row.word) == row.chain);
  }
}

TEST_CASE("Every chain of every version ends, at an operation that decides by itself") {
  for (const std::string_view version : Catalog::Versions()) {
    const Catalog& catalog = At(version);
    CAPTURE(version);
    CHECK(catalog.operations().size() == 232);
    for (const Operation& operation : catalog.operations()) {
      CAPTURE(operation.name);
      std::size_t steps = 0;
      const Operation* at = &operation;
      while (catalog.Parent(*at) != nullptr && ++steps < 20) at = catalog.Parent(*at);
      CHECK(at->terminal != Terminal::kNo);
      CHECK(At("").operations()[catalog.Id(operation)].name == operation.name);
      for (const std::string_view filter : operation.filters) CHECK(catalog.FindFilter(filter) != nullptr);
    }
  }
}

TEST_CASE("54 operations are allowed by the preamble on 14.4, three more on 26") {
  const auto allowed = [](const Catalog& catalog) {
    std::set<std::string_view> names;
    for (const Operation& operation : catalog.operations()) {
      if (operation.default_allowed && !operation.only_newer && !operation.only_older) names.insert(operation.name);
    }
    return names;
  };
  CHECK(allowed(At("10.15")).empty());
  CHECK(allowed(At("14.4")).size() == 54);
  std::set<std::string_view> newest = allowed(At("26"));
  for (const std::string_view name : allowed(At("14.4"))) CHECK(newest.erase(name) == 1);
  CHECK(newest == std::set<std::string_view>{"file-graft", "file-ungraft", "sandbox-check"});
}

TEST_CASE("Aliases and no-ops are those of the version") {
  const struct { std::string version; std::string word; std::string means; } rows[] = {
      {"26", "process-exec", "process-exec*"},       {"10.9", "process-exec", "process-exec*"},
      {"26", "ipc-posix-sem", "ipc-posix-sem*"},     {"10.15", "sysctl-write", "sysctl*"},
      {"13.0", "sysctl-write", "sysctl-write"},      {"26", "file-unlink", "file-write-unlink"},
      {"26", "file-write-umount", "file-unmount"},   {"26", "time-set", "system-set-time"},
      {"26", "iokit-open", "iokit-open*"},           {"10.15", "iokit-open", "iokit-open"},
      {"26", "managed-preference*", "managed-preference-read"},
      {"10.14", "ipc-posix-shm-read*", "ipc-posix-shm-read*"},
      {"26", "ipc-posix-shm-read*", "ipc-posix-shm-read-data"},
      {"10.14", "system-chud", "system-chud"},       {"10.15", "system-chud", "(nothing)"},
      {"26", "mach-per-user-lookup", "(nothing)"},   {"26", "file-raed*", "(unknown)"},
      {"26", "", "(unknown)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.version);
    CAPTURE(row.word);
    const auto found = At(row.version).FindOperation(row.word);
    CHECK((!found ? "(unknown)" : found->no_op ? "(nothing)" : found->operation->name) == std::string_view(row.means));
  }
  CHECK(At("10.15").FindLoggedOperation("sysctl-write")->name == "sysctl-write");
}

TEST_CASE("An operation of another version is known and marked") {
  CHECK(At("10.12").FindOperation("file-clone")->operation->only_newer);
  CHECK(!At("10.14").FindOperation("file-clone")->operation->only_newer);
  CHECK(At("14.4").FindOperation("file-graft")->operation->only_newer);
  CHECK(At("10.10").FindOperation("priv-adjtime")->operation->only_older);
  CHECK(At("26").FindOperation("load-unsigned-code")->operation->only_older);
}

TEST_CASE("Filters know their base, their argument and how they compare") {
  const Catalog& catalog = At("");
  const struct {
    std::string word; std::string name; std::string base; catalog::ArgumentType argument; catalog::MatchKind match;
    bool folds;
  } rows[] = {
      {"literal", "path", "path", catalog::ArgumentType::kPath, catalog::MatchKind::kExact, true},
      {"prefix", "path-prefix", "path", catalog::ArgumentType::kPath, catalog::MatchKind::kPrefix, true},
      {"subpath", "subpath", "path", catalog::ArgumentType::kPath, catalog::MatchKind::kSubpath, true},
      {"regex", "path-regex", "path", catalog::ArgumentType::kRegex, catalog::MatchKind::kRegex, true},
      {"global-name-prefix", "global-name-prefix", "global-name", catalog::ArgumentType::kString,
       catalog::MatchKind::kPrefix, false},
      {"sysctl-name", "sysctl-name", "sysctl-name", catalog::ArgumentType::kString, catalog::MatchKind::kExact, true},
      {"from", "local", "local", catalog::ArgumentType::kNetwork, catalog::MatchKind::kExact, false},
      {"iokit-user-client-class-regex", "iokit-registry-entry-class-regex", "iokit-registry-entry-class",
       catalog::ArgumentType::kRegex, catalog::MatchKind::kRegex, false},
      {"vnode-type", "vnode-type", "vnode-type", catalog::ArgumentType::kInteger, catalog::MatchKind::kExact, false},
      {"file-mode", "file-mode", "file-mode", catalog::ArgumentType::kBitfield, catalog::MatchKind::kExact, false},
      {"extension-path-ancestor", "extension-path-ancestor", "extension-path-ancestor", catalog::ArgumentType::kNone,
       catalog::MatchKind::kExact, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.word);
    const catalog::Filter* filter = catalog.FindFilter(row.word);
    REQUIRE(filter != nullptr);
    CHECK(filter->name == row.name);
    CHECK(filter->base == row.base);
    CHECK(filter->argument == row.argument);
    CHECK(filter->match == row.match);
    CHECK(filter->folds_case == row.folds);
  }
  CHECK(At("10.9").FindFilter("xattr")->name == "xattr-regex");
  CHECK(catalog.FindFilter("nonsense") == nullptr);
  const catalog::Filter& syscall = *catalog.FindFilter("syscall-number");
  CHECK(syscall.named_values.size() == 451);
  CHECK(syscall.values_missing == 0);
  for (const auto& [name, number] : {std::pair{"SYS_read", 3}, std::pair{"SYS_proc_info_extended_id", 545}}) {
    CAPTURE(number);
    CHECK(std::ranges::find(syscall.named_values, name, &catalog::NamedValue::name)->value == number);
  }
  CHECK(catalog.FindFilter("ioctl-command")->values_missing == 241);
  CHECK(catalog.FindShorthand("tty")->value == 65535);
  CHECK(catalog.FindShorthand("debug-mode")->filter == "system-attribute");
}

TEST_CASE("A filter applies to the operations that list it, and to wildcards above them") {
  const struct { std::string version; std::string filter; std::string operation; bool applies; } rows[] = {
      {"26", "literal", "file-read-data", true},     {"26", "literal", "network-outbound", true},
      {"26", "literal", "mach-lookup", false},       {"26", "global-name", "mach-lookup", true},
      {"26", "global-name", "mach*", true},          {"26", "target", "process-info*", true},
      {"26", "xattr", "file-read-xattr", true},      {"26", "xattr", "file-read-data", false},
      {"26", "xattr", "file*", true},                {"26", "extension", "sysctl-read", true},
      {"26", "system-attribute", "default", true},   {"26", "literal", "default", false},
      {"26", "iokit-user-client-class", "iokit-open*", true},
      {"10.15", "iokit-user-client-class", "iokit-open", true},
      {"26", "literal", "process-exec*", true},      {"26", "kext-bundle-id", "system-kext*", true},
      {"26", "remote", "file-read*", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.filter);
    CAPTURE(row.operation);
    const Catalog& catalog = At(row.version);
    CHECK(catalog.Applies(*catalog.FindFilter(row.filter), *catalog.FindOperation(row.operation)->operation) ==
          row.applies);
  }
}

TEST_CASE("Modifiers say where they may stand") {
  const Catalog& catalog = At("");
  CHECK(catalog.FindModifier("no-log")->name == "no-report");
  CHECK(!catalog.FindModifier("no-log")->on_allow);
  CHECK(!catalog.FindModifier("report")->on_deny);
  CHECK(catalog.FindModifier("telemetry")->on_allow);
  CHECK(catalog.FindModifier("telemetry")->on_deny);
  CHECK(catalog.FindModifier("partial-symbolication")->dropped);
  CHECK(catalog.FindModifier("termination")->name == "send-signal");
  CHECK(catalog.FindModifier("termination")->implied == 9);
  CHECK(!catalog.FindModifier("send-signal")->implied);
  CHECK(catalog.FindModifier("nonsense") == nullptr);
  const auto applies = [&](const char* modifier, const char* operation) {
    return catalog.Applies(*catalog.FindModifier(modifier), *catalog.FindOperation(operation)->operation);
  };
  CHECK(applies("no-sandbox", "process-exec*"));
  CHECK(!applies("no-sandbox", "file-read*"));
  CHECK(applies("report", "file-read*"));
}

TEST_CASE("The log reader's names are those of all versions and the words only logs use") {
  for (const char* word : {"file-read-data", "process-exec", "process-exec*", "file-write-umount", "priv-adjtime",
                           "file-graft", "mach-per-user-lookup", "forbidden-exec-sugid", "forbidden-sandbox-reinit",
                           "forbidden-link-priv<file-write*>", "system-chud", "default"}) {
    CAPTURE(word);
    CHECK(catalog::IsOperationName(word));
  }
  for (const char* word : {"", "file", "file-read-data ", "File-read-data", "forbidden-", "forbidden-x<", "/etc/hosts",
                           "forbidden-link-priv<nonsense>", "forbidden-link-priv<file-read*> ", "forbidden-x<>",
                           "forbidden-x<forbidden-x>"}) {
    CAPTURE(word);
    CHECK(!catalog::IsOperationName(word));
  }
  CHECK(catalog::IsLogOnlyOperation("forbidden-exec-sugid"));
  CHECK(!catalog::IsLogOnlyOperation("file-read-data"));
}
