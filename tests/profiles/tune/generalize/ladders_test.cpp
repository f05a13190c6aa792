// What is no file has ladders of its own: exact unless several names of several runs share a form, and never an address.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "profiles/tune/generalize/suggest_general.h"
#include "tests/profiles/tune/suggest_case.h"
#include "tests/support/memory_files.h"

using namespace sbtune;

namespace {

using Lines = std::vector<std::string>;  // "operation target"

struct Ladder {
  std::string name;
  std::vector<Lines> runs;
  std::string exact;    // additions of the exact answer, a line each
  std::string general;  // of the generalised one; empty: the same
};

std::vector<access::DenialGroup> GroupsOf(const std::vector<Lines>& runs) {
  std::vector<access::DenialGroup> groups;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    for (const std::string& line : runs[run]) {
      const std::size_t blank = std::min(line.find(' '), line.size());
      std::optional<std::string> target;
      if (blank < line.size()) target = line.substr(blank + 1);
      groups.push_back(test::Denied(line.substr(0, blank), target));
      groups.back().runs = {fmt::format("run{}", run)};
    }
  }
  return groups;
}

constexpr const char* kBare = "(version 1)\n(deny default)\n";

base::Result<tune::Answer> Generalize(const std::string& profile, std::span<const tune::Evidence> evidence) {
  test::MemoryFiles files(std::map<std::string, std::string>{{"p.sb", profile}});
  sbpl::LoadOptions load;
  load.paths = {"p.sb"};
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  REQUIRE(loaded.ok());
  const sbpl::PolicyOptions options;
  const tune::SuggestRequest request{loaded.profile, load, options, evidence, {}};
  return tune::SuggestGeneral({request, {}, catalog::Places::BuiltIn(), nullptr, 1000}, files);
}

// "mach-lookup (global-name "x") | opens …"
std::string Additions(const tune::Answer& answer) {
  std::string lines;
  for (const tune::Suggestion& made : answer.suggestions) {
    lines += fmt::format("{}{}", made.text.starts_with("(allow") ? "" : made.operations.front() + " ", made.text);
    for (const std::string& opens : made.opens) lines += " | " + opens;
    lines += "\n";
  }
  for (const tune::Left& left : answer.left) lines += fmt::format("left {}\n", tune::Name(left.refusal.reason));
  return lines;
}

}  // namespace

TEST_CASE("what no rule can help takes nothing with it that the same rule would have helped") {
  // Newer systems accept a rule for reading the metadata of shared memory, and drop it.
  const test::SuggestRun exact({.fragments = {{"p.sb", kBare}},
                                .groups = GroupsOf({{"ipc-posix-shm-read-data tool", "ipc-posix-shm-read-metadata tool"},
                                                    {"ipc-posix-shm-read-data tool", "file-read-data /opt/x"}})});
  const std::string expected =
      "file-read-data (literal \"/opt/x\")\nipc-posix-shm-read-data (ipc-posix-name \"tool\")\nleft not-effective\n";
  REQUIRE(exact.answer.has_value());
  CHECK(Additions(*exact.answer) == expected);
  const auto general = Generalize(kBare, exact.evidence);
  REQUIRE_MESSAGE(general.has_value(), general.error().message);
  CHECK(Additions(*general) == expected);
}

TEST_CASE("a profile below a link at the top of the disk is known by the name that the kernel logs") {
  test::MemoryFiles files(std::map<std::string, std::string>{{"/tmp/agent.sb", kBare}});
  sbpl::LoadOptions load;
  load.paths = {"/tmp/agent.sb"};
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  REQUIRE(loaded.ok());
  const auto evidence = tune::MergeEvidence(GroupsOf({{"file-write-data /private/tmp/Agent.sb", "file-write-data /private/tmp/x"}}));
  const sbpl::PolicyOptions options;
  const tune::SuggestRequest request{loaded.profile, load, options, evidence, {}};
  const auto answer = tune::SuggestGeneral({request, {}, catalog::Places::BuiltIn(), nullptr, 1000}, files);
  REQUIRE(answer.has_value());
  CHECK(Additions(*answer) == "file-write-data (literal \"/private/tmp/x\")\nleft never-suggested\n");
}

TEST_CASE("each kind of operation is exact by default and widens by its own ladder only") {
  const std::string hosts = "every host (a profile cannot name one)";
  const std::string managed = " | where no rule names them, on the same target also managed-preference-read\n";
  const Ladder ladders[] = {
      {"services of one product, other ones in each run",
       {{"mach-lookup com.example.tool.alpha", "mach-lookup com.example.tool.beta"},
        {"mach-lookup com.example.tool.gamma", "mach-lookup com.example.tool.delta"}},
       "mach-lookup (global-name \"com.example.tool.alpha\")\nmach-lookup (global-name \"com.example.tool.beta\")\n"
       "mach-lookup (global-name \"com.example.tool.delta\")\nmach-lookup (global-name \"com.example.tool.gamma\")\n",
       "mach-lookup (global-name-prefix \"com.example.tool.\") | every name that begins with com.example.tool.\n"},
      {"the same, but in one run",
       {{"mach-lookup com.example.tool.a", "mach-lookup com.example.tool.b", "mach-lookup com.example.tool.c"}},
       "mach-lookup (global-name \"com.example.tool.a\")\nmach-lookup (global-name \"com.example.tool.b\")\n"
       "mach-lookup (global-name \"com.example.tool.c\")\n",
       ""},
      {"the system's own services have only their maker in common",
       {{"mach-lookup com.apple.windowserver.active", "mach-lookup com.apple.fonts.x"},
        {"mach-lookup com.apple.pasteboard.1", "mach-lookup com.apple.SecurityServer"}},
       "mach-lookup (global-name \"com.apple.SecurityServer\")\nmach-lookup (global-name \"com.apple.fonts.x\")\n"
       "mach-lookup (global-name \"com.apple.pasteboard.1\")\nmach-lookup (global-name \"com.apple.windowserver.active\")\n",
       ""},
      {"settings of the kernel",
       {{"sysctl-read hw.perflevel0.name", "sysctl-read kern.osversion"}, {"sysctl-read hw.perflevel1.name"},
        {"sysctl-read hw.perflevel2.name"}},
       "sysctl-read (sysctl-name \"hw.perflevel0.name\")\nsysctl-read (sysctl-name \"hw.perflevel1.name\")\n"
       "sysctl-read (sysctl-name \"hw.perflevel2.name\")\nsysctl-read (sysctl-name \"kern.osversion\")\n",
       "sysctl-read (sysctl-name \"kern.osversion\")\n"
       "sysctl-read (sysctl-name-regex #\"^hw\\.perflevel[0-9]+\\.name$\") | every name of the form hw.perflevel<integer>.name\n"},
      {"devices",
       {{"iokit-open-user-client AGXDeviceUserClient", "iokit-open IOSurfaceRootUserClient"}},
       "iokit-open-user-client (iokit-user-client-class \"AGXDeviceUserClient\")\n"
       "iokit-open-user-client (iokit-user-client-class \"IOSurfaceRootUserClient\")\n",
       ""},
      {"preferences",
       {{"user-preference-read com.example.tool"}, {"user-preference-read kCFPreferencesAnyApplication"}},
       "user-preference-read (preference-domain \"com.example.tool\")" + managed + "user-preference-read (preference-domain "
       "\"kCFPreferencesAnyApplication\")" + managed,
       ""},
      {"connections: ports, never an address; sockets of files are paths",
       {{"network-outbound 203.0.113.7:443", "network-outbound 198.51.100.9:443", "network-outbound [2001:db8::1]:443",
         "network-outbound /private/var/run/mDNSResponder"}},
       "network-outbound (literal \"/private/var/run/mDNSResponder\")\n"
       "network-outbound (remote ip \"*:443\") | port 443 of " + hosts + ", by TCP and by UDP\n",
       ""},
      {"a connection with itself takes another port in each run",
       {{"network-outbound 127.0.0.1:51234", "network-outbound 127.0.0.1:8080"}, {"network-outbound 127.0.0.1:60021"},
        {"network-outbound 127.0.0.1:55100"}},
       "network-outbound (remote ip \"localhost:51234\") | port 51234 of this machine, by TCP and by UDP\n"
       "network-outbound (remote ip \"localhost:55100\") | port 55100 of this machine, by TCP and by UDP\n"
       "network-outbound (remote ip \"localhost:60021\") | port 60021 of this machine, by TCP and by UDP\n"
       "network-outbound (remote ip \"localhost:8080\") | port 8080 of this machine, by TCP and by UDP\n",
       "network-outbound (remote ip \"localhost:*\") | every port of this machine itself, by TCP and by UDP\n"},
      {"signals", {{"signal others [other(12)] signum:15"}},
       "signal (require-all (signal-number 15) (target others)) | every process of the class 'others' (a profile cannot name "
       "one)\n",
       ""},
      {"processes", {{"process-exec* /usr/bin/true", "process-fork"}},
       "process-exec* (literal \"/usr/bin/true\") | where no rule names them, on the same target also process-exec-interpreter\n"
       "(allow process-fork)\n",
       ""},
      {"sockets of the system, with numbers and without",
       {{"system-socket domain:32 type:2 protocol:2"}},
       "system-socket (require-all (socket-domain 32) (socket-protocol 2) (socket-type 2))\n", ""},
      {"sockets of the system without numbers", {{"system-socket"}},
       "(allow system-socket) | every target, since the log names none; socket-domain, socket-option-level, socket-option-name, "
       "socket-protocol, socket-type can narrow it by hand\n",
       ""},
      {"shared memory",
       {{"ipc-posix-shm-read-data tool-1001", "ipc-posix-shm-write-create tool-1001"}, {"ipc-posix-shm-read-data tool-1002"},
        {"ipc-posix-shm-read-data tool-1003"}},
       "ipc-posix-shm-read-data (ipc-posix-name \"tool-1001\")\nipc-posix-shm-read-data (ipc-posix-name \"tool-1002\")\n"
       "ipc-posix-shm-read-data (ipc-posix-name \"tool-1003\")\nipc-posix-shm-write-create (ipc-posix-name \"tool-1001\")\n",
       "ipc-posix-shm-read-data (ipc-posix-name-regex #\"^tool-[0-9]+$\") | every name of the form tool-<integer>\n"
       "ipc-posix-shm-write-create (ipc-posix-name \"tool-1001\")\n"},
      {"extensions", {{"file-issue-extension target:/opt/x class:com.apple.app-sandbox.read"}},
       "file-issue-extension (require-all (extension-class \"com.apple.app-sandbox.read\") (literal \"/opt/x\"))\n", ""},
  };
  for (const Ladder& ladder : ladders) {
    CAPTURE(ladder.name);
    const test::SuggestRun exact({.fragments = {{"p.sb", kBare}}, .groups = GroupsOf(ladder.runs)});
    REQUIRE_MESSAGE(exact.answer.has_value(), exact.answer.error().message);
    CHECK(exact.answer->certificate.holds());
    CHECK(Additions(*exact.answer) == ladder.exact);
    const auto general = Generalize(kBare, exact.evidence);
    REQUIRE_MESSAGE(general.has_value(), general.error().message);
    CHECK(general->certificate.holds());
    CHECK(Additions(*general) == (ladder.general.empty() ? ladder.exact : ladder.general));
    // Applied, nothing of it is denied any more.
    const auto again = Generalize(general->fragments.at(0).text, exact.evidence);
    REQUIRE(again.has_value());
    CHECK(again->suggestions.empty());
  }
}
