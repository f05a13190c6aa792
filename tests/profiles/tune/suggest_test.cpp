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
  SuggestCase next = run.Applied();
  next.overrides.clear();  // lines have moved
  const SuggestRun again(next);
  REQUIRE(again.answer.has_value());
  CHECK(again.answer->suggestions.empty());
  CHECK(again.Diff().empty());
}

const std::string kBare = "(version 1)\n(deny default)\n";

}  // namespace

TEST_CASE("a bare profile gets a rule for each set of operations, at its end") {
  CheckAnswer("bare", {.fragments = {{"p.sb", kBare}},
                       .groups = DeniedLines("file-read-data\t/opt/tool/a\nfile-read-metadata\t/opt/tool/a\n"
                                             "file-read-data\t/opt/tool/b\nfile-read-metadata\t/opt\n"
                                             "mach-lookup\tcom.example.service\nsysctl-read\tkern.hostname\n"
                                             "process-fork\nprocess-exec*\t/bin/ls\n"
                                             "ipc-posix-shm-read-data\tapple.shm.notification_center\n"
                                             "file-read-data\t/opt/tool/c\n")});
}

TEST_CASE("every kind of target gets the narrowest condition that a profile can say") {
  CheckAnswer("kinds", {.fragments = {{"p.sb", kBare}},
                        .groups = DeniedLines("network-outbound\t*:443\n"
                                              "network-outbound\t/private/var/run/mDNSResponder\n"
                                              "network-outbound\t127.0.0.1:8000\n"
                                              "network-outbound\tremote:93.184.216.34:80\n"
                                              "network-bind\tlocal:*:8080\nnetwork-inbound\tlocal:*:9090\n"
                                              "iokit-open-user-client\tAppleUserClient\niokit-open-service\tIOHost\n"
                                              "iokit-open\tIOOld\n"
                                              "iokit-get-properties\tiokit-class:AGX property:Vendor\n"
                                              "iokit-set-properties\tiokit-class:AGX property:Speed\n"
                                              "user-preference-read\tkCFPreferencesAnyApplication\n"
                                              "file-issue-extension\ttarget:/opt/x class:com.example.read\n"
                                              "signal\tothers [x(12)] signum:15\nsignal\n"
                                              "system-fsctl\t(_IO \"h\" 47)\n"
                                              "file-ioctl\tpath:/dev/x ioctl-command:(_IO \"d\" 22)\n"
                                              "system-socket\tdomain:32 type:2 protocol:2\n"
                                              "appleevent-send\tcom.example.app\nhid-control\n"
                                              "mach-lookup\tcom.example.agent (per-pid)\n"
                                              "mach-register\tcom.example.port\n"
                                              "process-exec\t/bin/cat\nfile-write-setugid\t/opt/s\n"
                                              "job-creation\nmach-task-name\tothers [y(3)]\n"
                                              "distributed-notification-post\tcom.example.note\n"
                                              "lsopen\nfile-mount\t/Volumes/x\nsystem-set-time\n")});
}

TEST_CASE("what the system allows by itself is denied only by a rule that names it") {
  CheckAnswer("default_allowed",
              {.fragments = {{"p.sb", "(version 1)\n(deny default)\n(deny nvram-get)\n(deny syscall-unix)\n"
                                      "(deny process-info-pidinfo)\n(deny system-privilege)\n"}},
               .groups = DeniedLines("nvram-get\tBSD Name\nsyscall-unix\t545\nprocess-info-pidinfo\tothers [x(12)]\n"
                                     "system-privilege\t1016\nfile-map-executable\t/usr/lib/libz.dylib\n")});
}

TEST_CASE("filters go into the rule for the same operations, in the file's own layout and words") {
  CheckAnswer("merge", {.fragments = {{"p.sb",
                                       "(version 1)\n"
                                       "(deny default)\n"
                                       "\n"
                                       "; inline\n"
                                       "(allow process-exec (path \"/bin/ls\"))\n"
                                       "\n"
                                       "; one on each line, closed on its own\n"
                                       "(allow file-read-data\n"
                                       "    (subpath \"/usr/lib\")   ; libraries\n"
                                       "    ; the next is for the tool\n"
                                       "    (path \"/opt/a\")        ; kept\n"
                                       ")\n"
                                       "\n"
                                       "; several arguments\n"
                                       "(allow mach-lookup\n"
                                       "    (global-name \"com.example.a\"\n"
                                       "                 \"com.example.b\")\n"
                                       "    (local-name \"l\"))\n"
                                       "(allow sysctl-read (sysctl-name \"hw.a\" \"hw.b\"))\n"}},
                        .groups = DeniedLines("file-read-data\t/opt/b\nfile-read-data\t/opt/c\n"
                                              "process-exec*\t/bin/cat\nprocess-exec*\t/bin/sh\n"
                                              "mach-lookup\tcom.example.c\nmach-lookup\tcom.example.d\n"
                                              "sysctl-read\thw.c\nfile-write-data\t/opt/log\n")});
}

TEST_CASE("rules that must not be touched are left alone: modifiers, conditions, functions, blocks, imports") {
  CheckAnswer("untouched",
              {.fragments = {{"p.sb",
                              "(version 1)\n"
                              "(deny default)\n"
                              "(import \"/lib/system.sb\")\n"
                              "(define (read-it p) (allow file-read-data (literal p)))\n"
                              "(read-it \"/opt/a\")\n"
                              "(allow file-read-data (literal \"/opt/r\") (with report))\n"
                              "(if (param \"WIDE\")\n"
                              "    (allow file-read-data (literal \"/opt/w\")))\n"
                              "(with-filter (extension \"x\")\n"
                              "  (allow file-read-data (literal \"/opt/e\")))\n"
                              "(allow file-read* (literal \"/opt/wild\"))\n"
                              "; the end\n"}},
               .groups = DeniedLines("file-read-data\t/opt/new\nmach-lookup\tcom.example.new\n"),
               .parameters = {{"WIDE", "1"}},
               .imports = {{"/lib/system.sb", "(version 1)\n(allow mach-lookup (global-name \"com.example.sys\"))\n"}}});
}

TEST_CASE("carriage returns and a missing last newline survive") {
  CheckAnswer("crlf", {.fragments = {{"p.sb", "(version 1)\r\n(deny default)\r\n(allow file-read-data\r\n"
                                              "\t(literal \"/a\") ; first\r\n\t)\r\n(allow sysctl-read)"}},
                       .groups = DeniedLines("file-read-data\t/b\nmach-lookup\tcom.example.a\nmach-lookup\tcom.example.b\n")});
}

TEST_CASE("a last line that is a comment without newline stays a comment") {
  CheckAnswer("comment_at_end", {.fragments = {{"p.sb", "(version 1)\n(deny default) ; all\n; no newline"}},
                                 .groups = DeniedLines("process-fork\n")});
}

TEST_CASE("several forms on one line, and a filter list that ends in a comment, are edited behind the line") {
  CheckAnswer("one_line", {.fragments = {{"p.sb", "(version 1) (deny default) (allow file-read-data (literal \"/a\") ; why\n"
                                                  ") (allow mach-lookup (global-name \"m\")) (allow\n  sysctl-read\n  (sysctl-name \"s\"))\n"}},
                           .groups = DeniedLines("file-read-data\t/b\nfile-write-data\t/b\nmach-lookup\tn\nsysctl-read\tt\n")});
}

TEST_CASE("fragments: a rule goes where rules of its kind live") {
  CheckAnswer("fragments",
              {.fragments = {{"base.sbpl", "(version 1)\n(deny default)\n(allow process-fork)\n(allow signal (target self))\n"
                                           "(allow sysctl-read (sysctl-name \"hw.ncpu\"))\n"},
                             {"read.sbpl", "; reading\n(allow file-read*\n  (subpath \"/usr\")\n  (literal \"/\"))\n"},
                             {"write.sbpl", "; writing\n(allow file-write* (subpath (param \"CWD\")))\n"},
                             {"net.sbpl", "(allow network-outbound (remote tcp \"*:443\"))\n"}},
               .groups = DeniedLines("file-read-data\t/opt/a\nfile-read-metadata\t/opt/a\nfile-write-create\t/opt/log\n"
                                     "network-bind\tlocal:*:8080\nnetwork-outbound\t*:80\nsysctl-read\tkern.osversion\n"
                                     "mach-lookup\tcom.example.service\nhid-control\n"),
               .parameters = {{"CWD", "/private/tmp/job"}}});
}

TEST_CASE("a filtered deny of the user stays, and the answer says which") {
  SuggestCase asked{.fragments = {{"p.sb", "(version 1)\n(deny default)\n(allow file-read-data (subpath \"/Users/dev\"))\n"
                                           "(deny file-read-data\n  (subpath \"/Users/dev/.ssh\"))\n"
                                           "(deny file-write* (subpath \"/Users/dev/.git\"))\n"
                                           "(deny process-fork)\n(allow mach-lookup (global-name \"a\"))\n"}},
                    .groups = DeniedLines("file-read-data\t/Users/dev/.ssh/config\n"
                                          "file-write-create\t/Users/dev/.git/hooks/x\nprocess-fork\n"
                                          "file-write-create\t/Users/dev/out\n")};
  CheckAnswer("filtered_deny", asked);
  asked.overrides = {"p.sb:5", "p.sb:6"};
  CheckAnswer("override", asked);
  asked.overrides = {"p.sb:7"};
  CheckAnswer("override_plain", asked);
}

TEST_CASE("an override that names no deny is a mistake worth stopping for") {
  const SuggestRun run({.fragments = {{"p.sb", kBare}}, .groups = DeniedLines("process-fork\n"), .overrides = {"p.sb:7"}});
  REQUIRE_FALSE(run.answer.has_value());
  CHECK(run.answer.error().message == "no deny rule of the profile stands at p.sb:7; name the file and line that the "
                                      "denial's reason shows");
}

TEST_CASE("an overriding rule comes behind the deny, whichever file that stands in") {
  CheckAnswer("override_fragments",
              {.fragments = {{"one.sb", "(version 1)\n(deny default)\n(allow file-read-data (literal \"/old\"))\n"},
                             {"two.sb", "(deny file-read-data (regex #\"^/secret/\"))\n(allow mach-lookup)\n"}},
               .groups = DeniedLines("file-read-data\t/secret/a\nfile-read-data\t/plain\n"),
               .overrides = {"two.sb:1"}});
  CheckAnswer("override_import",
              {.fragments = {{"p.sb", "(version 1)\n(deny default)\n(allow file-read-data (literal \"/old\"))\n"
                                      "(import \"/lib/strict.sb\")\n(allow mach-lookup)\n"}},
               .groups = DeniedLines("file-read-data\t/secret/a\n"),
               .imports = {{"/lib/strict.sb", "(deny file-read-data (subpath \"/secret\"))\n"}},
               .overrides = {"strict.sb:1"}});
}

TEST_CASE("denials that no edit can fix are listed with the reason and get no rule") {
  SuggestCase asked{.fragments = {{"p.sb", "(version 1)\n(deny default)\n"
                                           "(allow file-read-data (require-all (subpath \"/ext\") (extension \"e\")))\n"
                                           "(allow file-read-metadata)\n"}}};
  asked.groups = DeniedLines("file-read-data\t/ext/a\nfile-read-metadata\t/any\nfile-read-data\t/Users/you/...\n"
                             "file-read-data\t.../App.app\nfile-read-data\n"
                             "forbidden-exec-sugid\nfile-read-data\t/a${HOME}\nfile-read-data\trelative\n"
                             "file-read-data\t<private>\nno-such-operation\t/x\nmach-lookup\tlocal-name:x\n"
                             "file-read-data\t/Volumes/x (import fstype:hfs fsflag:480D000)\n"
                             "file-clone\t/a /b\nsignal\tself\n");
  asked.groups.push_back(test::Denied("file-read-data", std::string("/nul\0x", 6)));
  asked.groups.push_back(test::Denied("file-read-data", "/" + std::string(990, 'x')));
  auto special = test::Denied("file-read-data", "/policy");
  special.platform_policy = true;
  asked.groups.push_back(special);
  special = test::Denied("file-read-data", "/forged");
  special.provenance = access::Provenance::kUntrusted;
  asked.groups.push_back(special);
  special = test::Denied("file-read-data", "/two");
  special.ambiguous = true;
  asked.groups.push_back(special);
  special = test::Denied("file-read-data", "/recorded");
  special.action = access::Action::kAllow;
  asked.groups.push_back(special);
  CheckAnswer("left", asked);
}

TEST_CASE("a wide rule covers what is narrower, and no second rule is made for it") {
  CheckAnswer("wide_covers", {.fragments = {{"p.sb", kBare}},
                              .groups = DeniedLines("network-outbound\t*:443\nnetwork-outbound\t127.0.0.1:443\n"
                                                    "network-outbound\t[::1]:80\nnetwork-outbound\t10.0.0.1:443\n"
                                                    "file-write*\t/opt/x\nfile-write-create\t/opt/x\n"
                                                    "network-inbound\tlocal:*:80\nnetwork-bind\tlocal:*:80\n")});
}

TEST_CASE("paths that differ in case only are one path where volumes fold case") {
  SuggestCase asked{.fragments = {{"p.sb", kBare}},
                    .groups = DeniedLines("file-read-data\t/Opt/A\nfile-read-data\t/opt/a\nfile-read-metadata\t/opt/a\n"
                                          "mach-lookup\tCom.Example\nmach-lookup\tcom.example\n")};
  CheckAnswer("case_folds", asked);
  asked.options.case_rule = sbpl::CaseRule::kExact;
  CheckAnswer("case_counts", asked);
}

TEST_CASE("an inline rule grows until its line is full") {
  CheckAnswer("long_line", {.fragments = {{"p.sb", kBare + "(allow file-read-data (literal \"/opt/some/long/path/one\"))\n"}},
                            .groups = DeniedLines("file-read-data\t/opt/some/long/path/two\n"
                                                  "file-read-data\t/opt/some/long/path/three\n"
                                                  "file-read-data\t/opt/some/long/path/four\n")});
}

TEST_CASE("no denials give no edit") { CheckAnswer("nothing", {.fragments = {{"p.sb", kBare}}}); }

TEST_CASE("a profile that gives allow another meaning is not edited") {
  CheckAnswer("redefined", {.fragments = {{"p.sb", kBare + "(define real-allow allow)\n"
                                                           "(define (allow . all) (apply real-allow (append all (list (with report)))))\n"}},
                            .groups = DeniedLines("file-read-data\t/a\n")});
}
