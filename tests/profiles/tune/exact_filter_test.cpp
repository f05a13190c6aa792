#include "profiles/tune/exact_filter.h"

#include <doctest/doctest.h>

#include "profiles/sbpl/edit/rule_text.h"

using namespace sbtune;
using namespace sbtune::tune;

namespace {

std::expected<ExactFilter, Refusal> Make(std::string_view operation, const std::optional<std::string>& target) {
  const catalog::Catalog& catalog = **catalog::Catalog::ForVersion("14.4");
  const catalog::Operation* known = catalog.FindLoggedOperation(operation);
  REQUIRE(known != nullptr);
  return MakeExactFilter(sbpl::QueryFromAccess(known->name, target), *known, catalog);
}

}  // namespace

TEST_CASE("each kind of target has its narrowest filter") {
  struct Row {
    std::string_view operation;
    std::optional<std::string> target;
    std::string_view filter;
    Width width = Width::kExact;
  };
  for (const Row& row : {
           Row{"file-read-data", "/private/etc/hosts", R"((literal "/private/etc/hosts"))"},
           Row{"mach-lookup", "com.example.a", R"((global-name "com.example.a"))"},
           Row{"network-outbound", "*:443", R"((remote ip "*:443"))", Width::kWide},
           Row{"network-outbound", "tcp 10.0.0.1:443", R"((remote tcp "*:443"))", Width::kWide},
           Row{"network-outbound", "[::1]:443", R"((remote ip "localhost:443"))"},
           Row{"network-outbound", "/private/var/run/x", R"((literal "/private/var/run/x"))"},
           Row{"network-bind", "local:*:0", R"((local ip "*:0"))", Width::kWide},
           Row{"sysctl-read", "hw.ncpu", R"((sysctl-name "hw.ncpu"))"},
           Row{"ipc-posix-shm-write-data", "seg", R"((ipc-posix-name "seg"))"},
           Row{"iokit-open-user-client", "C", R"((iokit-user-client-class "C"))"},
           Row{"iokit-open-service", "C", R"((iokit-registry-entry-class "C"))"},
           Row{"iokit-set-properties", "iokit-class:C property:P",
               R"((require-all (iokit-property "P") (iokit-registry-entry-class "C")))"},
           Row{"file-issue-extension", "target:/a b class:c", R"((require-all (extension-class "c") (literal "/a b")))"},
           Row{"file-ioctl", "path:/dev/d ioctl-command:(_IO \"d\" 22)", R"((literal "/dev/d"))", Width::kWide},
           Row{"signal", "others [x(1)] signum:9", "(require-all (signal-number 9) (target others))", Width::kWide},
           Row{"signal", "children signum:9", "(require-all (signal-number 9) (target children))", Width::kWide},
           Row{"system-fsctl", "(_IO \"h\" 47)", R"((fsctl-command (_IO "h" 47)))"},
           Row{"system-fsctl", "_IO('J', 44)", R"((fsctl-command (_IO "J" 44)))"},
           Row{"syscall-unix", "545", "(syscall-number 545)"},
           Row{"system-privilege", "1016", "(privilege-id 1016)"},
           Row{"system-socket", "domain:32 type:2 protocol:2",
               "(require-all (socket-domain 32) (socket-protocol 2) (socket-type 2))"},
           Row{"user-preference-read", "com.example", R"((preference-domain "com.example"))"},
           Row{"nvram-get", "boot-args", R"((nvram-variable "boot-args"))"},
           Row{"appleevent-send", "com.example", R"((appleevent-destination "com.example"))"},
       }) {
    CAPTURE(row.operation);
    CAPTURE(row.target.value_or("-"));
    const auto made = Make(row.operation, row.target);
    REQUIRE(made.has_value());
    REQUIRE(made->filter.has_value());
    CHECK(*sbpl::FilterText(*made->filter, {}) == row.filter);
    CHECK(made->width == row.width);
    CHECK(made->opens.empty() == (row.width == Width::kExact && !row.filter.starts_with("(remote")));
  }
}

TEST_CASE("operations without targets get a rule without filter; a missing target never does") {
  CHECK_FALSE(Make("process-fork", std::nullopt)->filter.has_value());
  CHECK_FALSE(Make("hid-control", std::nullopt)->filter.has_value());
  for (const char* operation : {"file-read-data", "mach-lookup", "signal", "sysctl-read", "network-outbound"}) {
    CAPTURE(operation);
    CHECK(Make(operation, std::nullopt).error() ==
          Refusal{Reason::kNoTarget, "the log names no target, and a rule without filter would allow every one"});
  }
}

TEST_CASE("a family of operations that no filter narrows gets no rule, whatever the line says") {
  for (const char* family : {"mach*", "ipc*", "system*", "mach-priv*"}) {
    for (const std::optional<std::string>& target : {std::optional<std::string>("com.example.a"), std::optional<std::string>()}) {
      CAPTURE(family);
      const auto filter = Make(family, target);
      REQUIRE_FALSE(filter.has_value());
      CHECK(filter.error().reason == Reason::kNoExactFilter);
      CHECK(filter.error().text == "the log names a whole family of operations, and no filter can narrow it");
    }
  }
}

TEST_CASE("an operation that systems log without its numbers gets the bare rule, which says that it opens every target") {
  const auto socket = Make("system-socket", std::nullopt);
  REQUIRE(socket.has_value());
  CHECK_FALSE(socket->filter.has_value());
  CHECK(socket->width == Width::kWide);
  CHECK(socket->opens == std::vector<std::string>{"every target, since the log names none; socket-domain, socket-option-level, "
                                                  "socket-option-name, socket-protocol, socket-type can narrow it by hand"});
  const auto control = Make("file-fsctl", std::nullopt);
  REQUIRE(control.has_value());
  CHECK_FALSE(control->filter.has_value());
  CHECK(control->opens == std::vector<std::string>{"every target, since the log names none; fsctl-command can narrow it by hand"});
  for (const char* operation : {"syscall-unix", "system-privilege"}) CHECK_FALSE(Make(operation, std::nullopt).has_value());
}

TEST_CASE("targets that have a second reading are known as such") {
  const auto second = [](std::string_view operation, std::string target) {
    return HasSecondReading(sbpl::QueryFromAccess(operation, target));
  };
  CHECK(second("file-read-data", "/Users/dev/.ssh/id (import fstype:hfs"));
  CHECK(second("file-issue-extension", "target:/a class:b class:c"));
  CHECK(second("file-ioctl", "path:/dev/a ioctl-command:1 ioctl-command:2"));
  CHECK(second("mach-lookup", "local-name:x"));
  CHECK_FALSE(second("file-read-data", "/a b"));
  CHECK_FALSE(second("file-read-data", "/etc/hosts"));
  CHECK_FALSE(second("file-issue-extension", "target:/a class:b"));
  CHECK_FALSE(second("file-ioctl", "path:/dev/a"));
  CHECK_FALSE(second("mach-lookup", "com.example.a (per-pid)"));
}
