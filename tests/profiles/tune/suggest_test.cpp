#include "profiles/tune/suggest.h"

#include <doctest/doctest.h>

#include "tests/profiles/tune/suggest_case.h"
#include "tests/support/golden.h"

using namespace sbtune;
using test::DeniedLines;
using test::SuggestCase;
using test::SuggestRun;

namespace {

// The whole answer is compared; then asking again about the edited profile must propose nothing.
void CheckAnswer(const std::string& name, SuggestCase asked) {
  CAPTURE(name);
  const SuggestRun run(std::move(asked));
  test::CheckGolden("suggest/" + name + ".txt", test::Visible(run.Dump()));
  if (!run.answer) return;
  const SuggestRun again(run.Applied());
  REQUIRE(again.answer.has_value());
  CHECK(again.answer->suggestions.empty());
  CHECK(again.Diff().empty());
  for (const tune::Suggestion& made : run.answer->suggestions) {
    for (const std::size_t index : made.evidence) CAPTURE(tune::Describe(run.evidence[index]));
  }
}

}  // namespace

TEST_CASE("an answer to a bare profile is a rule for each set of operations at its end") {
  CheckAnswer("bare", {.fragments = {{"p.sb", "(version 1)\n(deny default)\n"}},
                       .groups = DeniedLines("file-read-data\t/opt/tool/a\nfile-read-metadata\t/opt/tool/a\n"
                                             "file-read-data\t/opt/tool/b\nfile-read-metadata\t/opt\n"
                                             "mach-lookup\tcom.example.service\nsysctl-read\tkern.hostname\n"
                                             "process-fork\nprocess-exec*\t/bin/ls\n"
                                             "ipc-posix-shm-read-data\tapple.shm.notification_center\n"
                                             "network-outbound\t*:443\nnetwork-outbound\t/private/var/run/mDNSResponder\n"
                                             "network-bind\tlocal:*:8080\niokit-open-user-client\tAppleUserClient\n"
                                             "iokit-get-properties\tiokit-class:AGX property:Vendor\n"
                                             "user-preference-read\tkCFPreferencesAnyApplication\n"
                                             "file-issue-extension\ttarget:/opt/x class:com.example.read\n"
                                             "system-privilege\t1016\nsyscall-unix\t545\nsignal\tothers [x(12)] signum:15\n"
                                             "process-info-pidinfo\tothers [x(12)]\nsystem-fsctl\t(_IO \"h\" 47)\n"
                                             "file-ioctl\tpath:/dev/x ioctl-command:(_IO \"d\" 22)\n"
                                             "system-socket\tdomain:32 type:2 protocol:2\nnvram-get\tBSD Name\n"
                                             "appleevent-send\tcom.example.app\nhid-control\n"
                                             "file-read-data\t/opt/tool/c\n")});
}
