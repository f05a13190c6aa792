#include "profiles/sbpl/query.h"

#include <doctest/doctest.h>

#include "tests/support/shared_data.h"

using namespace sbtune;
using sbpl::Query;

namespace {

// "path=/a remote=tcp|*|443 target=others": everything that was read, in a fixed order.
std::string Read(const std::string& operation, const std::optional<std::string>& target) {
  const Query query = sbpl::QueryFromAccess(operation, target);
  std::string text;
  const auto add = [&](const std::string& name, const std::string& value) {
    text += (text.empty() ? "" : " ") + name + "=" + value;
  };
  if (query.path) add("path", *query.path);
  if (query.spelled_path) add("spelled", *query.spelled_path);
  if (query.second_path) add("second", *query.second_path);
  if (query.local) add("local", query.local->protocol + "|" + query.local->host + "|" + query.local->port);
  if (query.remote) add("remote", query.remote->protocol + "|" + query.remote->host + "|" + query.remote->port);
  for (const auto& [name, values] : query.facts) {
    REQUIRE(values.size() == 1);
    add(name, values.front());
  }
  CHECK(query.operation == operation);
  CHECK(query.raw_target == target);
  return text;
}

}  // namespace

TEST_CASE("Every spelling of a target is read into what filters ask for") {
  const struct {
    std::string operation;
    std::string target;
    std::string expected;
  } rows[] = {
      {"file-read-data", "/a b/c", "path=/a b/c"},
      {"file-read-data", "/a/..namedfork/rsrc", "path=/a/..namedfork/rsrc"},
      {"file-read-data", "/tmp/x", "path=/private/tmp/x spelled=/tmp/x"},
      {"file-read-data", "/var/x", "path=/private/var/x spelled=/var/x"},
      {"file-write-create", "/etc/x", "path=/private/etc/x spelled=/etc/x"},
      {"file-read-metadata", "/var", "path=/var"},
      {"file-read-data", "/tmpx/y", "path=/tmpx/y"},
      {"file-test-existence", "/tmp/x", "path=/tmp/x"},
      {"file-read-data", "/Volumes/x (import fstype:hfs fsflag:480D000 sudo mdutil -t 9)", "path=/Volumes/x"},
      {"file-read-data", "relative", ""},
      {"process-exec*", "/bin/ls", "path=/bin/ls"},
      {"file-link", "/a /b", "path=/a second=/b"},
      {"file-clone", "/a b /c", "path=/a b second=/c"},
      {"file-clone", "/a", "path=/a"},
      {"file-ioctl", "path:/dev/rdisk1 ioctl-command:(_IO \"d\" 22)", "path=/dev/rdisk1 ioctl-command=25622"},
      {"file-ioctl", "path:/dev/dtracehelper", "path=/dev/dtracehelper"},
      {"file-ioctl", "/dev/ttys003", "path=/dev/ttys003"},
      {"file-ioctl", "(_IO \"d\" 22)", "ioctl-command=25622"},
      {"system-fsctl", "(_IO \"h\" 47)", "fsctl-command=26671"},
      {"system-fsctl", "_IO('J', 44)", "fsctl-command=18988"},
      {"system-fsctl", "1234", "fsctl-command=1234"},
      {"system-fsctl", "(_IO", "fsctl-command=(_IO"},
      {"file-issue-extension", "target:/a b/c extension-class:com.x.read", "path=/a b/c extension-class=com.x.read"},
      {"file-issue-extension", "target:/p class:com.x", "path=/p extension-class=com.x"},
      {"file-issue-extension", "target /A.app extension-class com.x", "path=/A.app extension-class=com.x"},
      {"file-issue-extension", "/a", "path=/a"},
      {"generic-issue-extension", "extension-class:com.x", "extension-class=com.x"},
      {"network-outbound", "/private/var/run/syslog", "path=/private/var/run/syslog"},
      {"network-outbound", "/var/run/s", "path=/private/var/run/s spelled=/var/run/s"},
      {"network-outbound", "remote:*:443", "remote=|*|443"},
      {"network-outbound", "*:443", "remote=|*|443"},
      {"network-outbound", "1.2.3.4:443", "remote=|1.2.3.4|443"},
      {"network-outbound", "[::1]:80", "remote=|[::1]|80"},
      {"network-outbound", "tcp 93.184.216.34:80", "remote=tcp|93.184.216.34|80"},
      {"network-outbound", "remote:udp6:*:53", "remote=udp6|*|53"},
      {"network-outbound", "...", ""},
      {"network-outbound", "x:y", ""},
      {"network-outbound", "control-name:com.apple.netsrc", "control-name=com.apple.netsrc"},
      {"network-bind", "local:*:0", "local=|*|0"},
      {"network-bind", "0.0.0.0:7890", "local=|0.0.0.0|7890"},
      {"network-inbound", "local:127.0.0.1:80", "local=|127.0.0.1|80"},
      {"mach-lookup", "com.apple.logd", "global-name=com.apple.logd"},
      {"mach-lookup", "com.apple.x (per-pid)", "global-name=com.apple.x"},
      {"mach-register", "\"org.x.4312\"", "global-name=org.x.4312"},
      {"mach-lookup", "xpc-service-name:com.apple.x", "xpc-service-name=com.apple.x"},
      {"mach-lookup", "local-name:com.apple.x", "local-name=com.apple.x"},
      {"signal", "others [x y(12)] signum:15", "signal-number=15 target=others"},
      {"signal", "initproc signum:15", "signal-number=15 target=initproc"},
      {"signal", "self", "target=self"},
      {"signal", "signum:9", "signal-number=9"},
      {"mach-task-name", "others [Nexy(53377)]", "target=others"},
      {"mach-priv-task-port", "same-sandbox [x(1)]", "target=same-sandbox"},
      {"process-info-pidinfo", "others [signum:9(12)]", "target=others"},
      {"iokit-open", "IOUserClient", "iokit-registry-entry-class=IOUserClient"},
      {"iokit-get-properties", "iokit-class:X property:Y", "iokit-property=Y iokit-registry-entry-class=X"},
      {"sysctl-read", "kern.hostname", "sysctl-name=kern.hostname"},
      {"user-preference-read", "com.apple.x", "preference-domain=com.apple.x"},
      {"ipc-posix-shm-read-data", "CFPBS:186A7:", "ipc-posix-name=CFPBS:186A7:"},
      {"ipc-posix-sem", "/mp8-0", "ipc-posix-name=/mp8-0"},
      {"nvram-get", "BSD Name", "nvram-variable=BSD Name"},
      {"appleevent-send", "com.apple.textedit", "appleevent-destination=com.apple.textedit"},
      {"system-info", "vfs.disk-space", "info-type=vfs.disk-space"},
      {"syscall-unix", "545", "syscall-number=545"},
      {"system-privilege", "1016", "privilege-id=1016"},
      {"system-socket", "domain:32 type:2 protocol:2", "socket-domain=32 socket-protocol=2 socket-type=2"},
      {"system-socket", "domain:x", ""},
      {"file-read-data", "", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.operation);
    CAPTURE(row.target);
    CHECK(Read(row.operation, row.target) == row.expected);
  }
  CHECK(Read("process-fork", std::nullopt) == "");
}

TEST_CASE("A path is compared as the kernel names it") {
  const std::pair<std::string, std::string> rows[] = {
      {"/a/../etc/passwd", "path=/private/etc/passwd spelled=/a/../etc/passwd"},
      {"/Users/x//.ssh/id", "path=/Users/x/.ssh/id spelled=/Users/x//.ssh/id"},
      {"/private/tmp/./foo", "path=/private/tmp/foo spelled=/private/tmp/./foo"},
      {"/a/b/..", "path=/a spelled=/a/b/.."},
      {"/../..", "path=/ spelled=/../.."},
      {"/..a/.b/c..", "path=/..a/.b/c.."},
      {"/a/...", "path=/a/..."},
      {"/a/", "path=/a/"},
      {"/", "path=/"},
  };
  for (const auto& [target, expected] : rows) {
    CAPTURE(target);
    CHECK(Read("file-read-data", target) == expected);
  }
  CHECK(Read("file-test-existence", "/a/../b") == "path=/a/../b");
}

TEST_CASE("Every target that was seen in a log is read as something, or is known to say nothing") {
  const auto table = test::SharedData("corpus/denials.tsv");
  if (!table) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const auto rows = test::ReadTsv(*table);
  int read = 0;
  std::vector<std::string> unread;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() < 9 || rows[i][7].empty() || rows[i][8].empty()) continue;
    const bool empty = Read(rows[i][7], rows[i][8]).empty();
    read += !empty;
    if (empty) unread.push_back(rows[i][7] + " " + rows[i][8]);
  }
  MESSAGE(read << " targets read, " << unread.size() << " say nothing");
  CHECK(read > 200);
  for (const std::string& one : unread) MESSAGE(one);
  CHECK(unread.size() < 15);
}
