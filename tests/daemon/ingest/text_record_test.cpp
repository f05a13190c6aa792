// Text in the forms of the field, in spellings of our own: what a line says, and which lines belong together.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/parsed.h"

namespace sbtune {
namespace {

using access::IdentityKind;
using access::Provenance;
using access::RecordKind;

// "kind process|pid|operation|target|duplicates[|tag]" of each event.
std::string Events(const std::string& text) {
  std::string out;
  for (const test::Parsed& parsed : test::EventsOf(text)) {
    if (!out.empty()) out += "; ";
    out += std::string(access::Name(parsed.kind)) + " " + parsed.process.value_or("-") + "|" +
           (parsed.pid ? std::to_string(*parsed.pid) : "-") + "|" + parsed.operation.value_or("-") + "|" +
           parsed.target.value_or("-") + "|" + std::to_string(parsed.duplicates);
    if (parsed.tag) out += "|" + *parsed.tag;
  }
  return out;
}

struct Example {
  std::string text;
  std::string events;
};

void Check(const std::vector<Example>& examples) {
  for (const Example& example : examples) {
    CAPTURE(example.text);
    CHECK(Events(example.text) == example.events);
  }
}

}  // namespace

TEST_CASE("lines of the system, old and new, in any language") {
  Check({
      {"Oct 11 01:02:03 macmini sandboxd[77] ([501]): Two Words(501) deny mach-lookup a.b.c\n",
       "denial Two Words|501|mach-lookup|a.b.c|0"},
      {"Oct 11 01:02:03 macmini sandboxd[77]([501]): nano(501) System Policy: deny file-write-data "
       "/Library/x\n",
       "denial nano|501|file-write-data|/Library/x|0"},
      {"sandboxd[24]: nano(9) deny file-chroot /\n", "denial nano|9|file-chroot|/|0"},
      {"Oct 11 01:02:03 macmini kernel[0]: Sandbox: 4 duplicate reports for nano deny(1) file-read-data /x "
       "y\n",
       "duplicate nano|-|file-read-data|/x y|4"},
      {"Fehler\t01:02:03.123456 +0100\tkernel\tSandbox: nano(9) deny(1) file-read-data /x\ty\n",
       "denial nano|9|file-read-data|/x\ty|0"},
      {"\xD0\x9E\xD1\x88\xD0\xB8\xD0\xB1\xD0\xBA\xD0\xB0\t01:02:03.123456 +0300\tkernel\t7 duplicate reports "
       "for Sandbox: "
       "nano(9) allow sysctl-read hw.x\n",
       "duplicate nano|9|sysctl-read|hw.x|7"},
      {"errore 01:02:03.123456 +0100 kernel Sandbox: nano(9) deny(1) signal\n", "denial nano|9|signal|-|0"},
      {"errore 01:02:03.123456 +0100 kernel Sandbox Sandbox: nano(9) deny(1) signal\n",
       "denial nano|9|signal|-|0"},
      {"19. Dez. 2015 21:45:14,001 kernel[0]: Sandbox: nano(9) deny(1) signal\n", "denial nano|9|signal|-|0"},
      {"Oct 11 01:02:03 iPad kernel(Sandbox)[0] <Error>: SandboxViolation: App(9) deny(1) mach-lookup a.b\n",
       "denial App|9|mach-lookup|a.b|0"},
      {"/var/log/system.log:Oct 11 01:02:03 macmini kernel[0]: Sandbox: nano(9) deny file-read-data /x\n",
       "denial nano|9|file-read-data|/x|0"},
      {"[ 1234.000001]: Sandbox: nano(9) deny(1) mach-lookup a.b.c+ IOThing::start()\n",
       "denial nano|9|mach-lookup|a.b.c|0"},
      {"[ 1234.000001]: Sandbox apply: x[4] <bytes>2 duplicate reports for Sandbox: nano(9) deny(1) "
       "file-read-data /x\n",
       "duplicate nano|9|file-read-data|/x|2"},
      {"[ 1.5]: Sandbox: a(1) deny(1) mach-lookup s.tSandbox: b(2) deny(1) signal\n",
       "denial a|1|mach-lookup|s.t|0; denial b|2|signal|-|0"},
      {"  \"2026-01-01 00:00:00.1 +0000   error 0x1 0x0 sandboxd[10] (sandboxd): Sandbox: nano(9) deny(1) "
       "file-read-data "
       "\\/x\\/y\",\n",
       "denial nano|9|file-read-data|/x/y|0"},
      {"mdworker(31) deny mach-lookup a.b (import fstype:apfs fsflag:0 flags:1 diag:0 uti:x plugin:/p q - "
       "find suspect file "
       "using: sudo mdutil -t 77)\n",
       "denial mdworker|31|mach-lookup|a.b (import fstype:apfs fsflag:0 flags:1 diag:0 uti:x plugin:/p q - "
       "find suspect file "
       "using: sudo mdutil -t 77)|0"},
      {"sandboxd[1]: ([31]) mdworker(31) deny mach-lookup a.b (import fstype:apfs fsflag:0 flags:1 diag:0 "
       "uti:x plugin:/p q - "
       "find suspect file using: sudo mdutil -t 77)\n",
       "denial mdworker|31|mach-lookup|a.b|0"},
  });
}

TEST_CASE("lines of build tools, mails and documents") {
  Check({
      {"error: Sandbox: cp(9) deny(1) file-write-create /b/x y (in target 'My App' from project 'P')\n",
       "denial cp|9|file-write-create|/b/x y|0"},
      {"Error (Xcode): Sandbox: cp(9) deny(1) file-write-create /b/x\n",
       "denial cp|9|file-write-create|/b/x|0"},
      {"2026-01-01T10:00:00.1234567Z error: Sandbox: cp(9) deny(1) file-write-create /b/x\n",
       "denial cp|9|file-write-create|/b/x|0"},
      {"> > Sandbox: nano(9) deny(1) signal\n", "denial nano|9|signal|-|0"},
      {"the log has `Sandbox: nano(9) deny(1) file-read-data /x` and so on\n",
       "denial nano|9|file-read-data|/x|0"},
      {"it said \"Sandbox: nano(9) deny(1) file-read-data /x\" twice\n", "denial nano|9|file-read-data|/x|0"},
      {"| `nano deny(1) job-creation` | blocked |\n", "denial nano|-|job-creation|-|0"},
      {"Sandbox: nano(9) deny(1) file-read-data /x   <- this one\n", "denial nano|9|file-read-data|/x|0"},
      {"Sandbox: nano(9) deny(1) mach-task-name others \\[init(1)\\]\n",
       "denial nano|9|mach-task-name|others [init(1)]|0"},
      {"Error (Xcode): Sandbox: cp(9) deny(1) file-write-create, /b/x\n",
       "denial cp|9|file-write-create|/b/x|0"},
      {"\xE2\x80\x9CSandbox: nano(9) deny(1) file-read-data /x\xE2\x80\x9D\n",
       "denial nano|9|file-read-data|/x|0"},
      {"see \xE2\x80\x98Sandbox: nano(9) deny(1) file-read-data /x y\xE2\x80\x99 above\n",
       "denial nano|9|file-read-data|/x y|0"},
      {"**Sandbox: nano(9) deny(1) file-read-data /x** there\n", "denial nano|9|file-read-data|/x|0"},
      {"<p><code class=\"log\">Sandbox: nano(9) deny(1) file-read-data /x</code></p>\n",
       "denial nano|9|file-read-data|/x|0"},
      {"/* Sandbox: nano(9) deny(1) file-read-data /x */\n", "denial nano|9|file-read-data|/x|0"},
      {"<!-- Sandbox: nano(9) deny(1) file-read-data /x -->\n", "denial nano|9|file-read-data|/x|0"},
      {"| Sandbox: nano(9) deny(1) file-read-data /x | no |\n", "denial nano|9|file-read-data|/x|0"},
      {"| 1 | Sandbox: nano(9) deny(1) file-read-data /x |\n", "denial nano|9|file-read-data|/x|0"},
      {"Sandbox: nano(9) deny(1) file-read-data /x |\n", "denial nano|9|file-read-data|/x ||0"},
      {"line = \\\"Sandbox: nano(9) deny(1) file-read-data /x\\\"\n", "denial nano|9|file-read-data|/x|0"},
      {"- `deny(1) mach-lookup a.b` is a phrase, no line of a log\n", ""},
      {"N duplicate reports for Sandbox: nano(9) deny(1) signal\n", ""},
      {"12345678901 duplicate reports for Sandbox: nano(9) deny(1) signal\n", ""},
      {"Filtering the log data using \"eventMessage CONTAINS \"Sandbox: nano(9) deny(1) signal\"\"\n", ""},
      {"=== Messages dropped during live streaming (use `log show` to see what they were)\n", ""},
  });
}

TEST_CASE("colours and blanks that a tool put into a line are none of its own") {
  Check({
      {"\x1b[31mSandbox: nano(9) deny(1) signal\x1b[0m\n", "denial nano|9|signal|-|0"},
      {"2026-01-01T10:00:00.1234567Z \x1b[1;31merror: \x1b[0mSandbox: cp(9) deny(1) file-write-create "
       "/b/x\x1b[0m\x1b[K\n",
       "denial cp|9|file-write-create|/b/x|0"},
      {"\x1b[1m2026-01-01 00:00:00.000\x1b[0m E  kernel[0:1] (Sandbox) Sandbox: nano(9) deny(1) "
       "file-read-data /a\x1b[0mb\x1b[0m\n",
       "denial nano|9|file-read-data|/a\x1b[0mb|0"},
      // A file may be called so.
      {"Sandbox: nano(9) deny(1) file-read-data /x\x1b[0m\n", "denial nano|9|file-read-data|/x\x1b[0m|0"},
      {"Sandbox:\xC2\xA0nano(9)\xC2\xA0"
       "deny(1)\xC2\xA0"
       "file-read-data\xC2\xA0/x\n",
       "denial nano|9|file-read-data|/x|0"},
      {"Sandbox: nano(9) deny(1) file-read-data /x\xC2\xA0y\n", "denial nano|9|file-read-data|/x\xC2\xA0y|0"},
  });
  CHECK(test::OneEvent("Sandbox:\xC2\xA0nano(9) deny(1) file-read-data /x\xC2\xA0y\n").ambiguous);
}

TEST_CASE("somebody else's line is believed only where it begins like the sandbox's, and never trusted") {
  const std::string head = "2026-01-01 00:00:00.000 Df forger[612:4c6] ";
  const test::Parsed forged = test::OneEvent(head + "Sandbox: nano(9) deny(1) file-read-data /x\n");
  CHECK(forged.provenance == Provenance::kUntrusted);
  CHECK(test::EventsOf(head + "I saw Sandbox: nano(9) deny(1) file-read-data /x\n").empty());
  CHECK(test::EventsOf(head + "nano(9) deny(1) file-read-data /x\n").empty());
  CHECK(
      test::OneEvent("error\t14:21:33.302172 +0100\tSafari\tSandbox: nano(9) deny(1) signal\n").provenance ==
      Provenance::kUntrusted);
  CHECK(test::OneEvent("2026-01-01 00:00:00.000 E  kernel[0:4c6] (Sandbox) Sandbox: nano(9) deny(1) signal\n")
            .provenance == Provenance::kText);
}

TEST_CASE("a target is exact where the line is, and cleaned where it went through hands") {
  const std::string head =
      "2026-01-01 00:00:00.000 E  kernel[0:1] (Sandbox) Sandbox: nano(9) deny(1) file-read-data ";
  CHECK(test::OneEvent(head + "/x (in target 'T' from project 'P')\n").target ==
        "/x (in target 'T' from project 'P')");
  CHECK(test::OneEvent(head + "/ends in blank \n").target == "/ends in blank ");
  CHECK(test::OneEvent(head + "/a\xFF\x01z\n").target == "/a\xFF\x01z");
  CHECK(test::OneEvent(head + "/x\r\n").target == "/x");
  CHECK(test::OneEvent("Sandbox: nano(9) deny(1) file-read-data /x \n").target == "/x");
  // What was left out cannot be suggested from.
  CHECK(test::OneEvent("Sandbox: nano(9) deny(1) file-read-data /x/.../y\n").ambiguous);
  CHECK_FALSE(test::OneEvent(head + "/x/.../y\n").ambiguous);
  // A whole record inside a target: an imitation, or two messages in one line.
  CHECK(
      test::OneEvent("Sandbox: nano(9) deny(1) file-read-data /x Sandbox: b(2) deny(1) signal\n").ambiguous);
  CHECK_FALSE(test::OneEvent(head + "/x Sandbox: b(2) deny(1) signal\n").ambiguous);
}

TEST_CASE("a message tag and a wrapped target belong to the line before them") {
  const std::string dated = "2026-01-01 00:00:00.000 E  kernel[0:1] (Sandbox) ";
  Check({
      {"Sandbox: nano(9) deny(1) file-read-data /x\nTAG_1\n", "denial nano|9|file-read-data|/x|0|TAG_1"},
      {dated + "Sandbox: nano(9) deny(1) process-fork\nmy:tag\n" + dated + "Sandbox: b(2) deny(1) signal\n",
       "denial nano|9|process-fork|-|0|my:tag; denial b|2|signal|-|0"},
      {"Sandbox: nano(9) deny(1) file-read-data\n\n\n/x y\n", "denial nano|9|file-read-data|/x y|0"},
      {"Sandbox: nano(9) deny(1) file-issue-extension\n  target:/x\n  extension-class:a.b\n",
       "denial nano|9|file-issue-extension|target:/x extension-class:a.b|0"},
      {"Sandbox: nano(9) deny(1) network-outbound\n   10.0.0.1:443\n",
       "denial nano|9|network-outbound|10.0.0.1:443|0"},
      {"Sandbox: nano(9) deny(1) mach-lookup\n   a.b.c\n", "denial nano|9|mach-lookup|a.b.c|0"},
      {"System Policy:\n  nano(9) deny(1) file-read-data\n  /x\n", "denial nano|9|file-read-data|/x|0"},
      {"Sandbox: nano(9) deny(1)\nmach-lookup a.b\n", "denial nano|9|mach-lookup|a.b|0"},
      {"kernel[0]: Sandbox: nano(9) deny\n   file-read-data\n   /x y\n",
       "denial nano|9|file-read-data|/x y|0"},
      {"Sandbox: Two Words(9)\n   deny(1) file-read-data /x\n", "denial Two Words|9|file-read-data|/x|0"},
      {"System Policy: nano(9)\ndeny(1) file-read-data /x\n", "denial nano|9|file-read-data|/x|0"},
      {"Sandbox: nano(9) deny(1)\nafter-care is prose\n", ""},
      {"Sandbox: nano(9) deny(1)\nSandbox: b(2) deny(1) signal\n", "denial b|2|signal|-|0"},
      // Not a tag: a path, prose, a record, another line of a log.
      {"Sandbox: nano(9) deny(1) file-read-data /x\n/y\n", "denial nano|9|file-read-data|/x|0"},
      {"Sandbox: nano(9) deny(1) file-read-data /x\nand then it stopped\n",
       "denial nano|9|file-read-data|/x|0"},
      {"Sandbox: nano(9) deny(1) signal\nSandbox: b(2) deny(1) signal\n",
       "denial nano|9|signal|-|0; denial b|2|signal|-|0"},
      {"Sandbox: nano(9) deny(1) signal\nkernel[0]: Sandbox: b(2) deny(1) signal\n",
       "denial nano|9|signal|-|0; denial b|2|signal|-|0"},
      {"Sandbox: nano(9) deny(1) signal\n{\"a\":1}\n", "denial nano|9|signal|-|0"},
      {"Sandbox: nano(9) deny(1) file-read-data\n\n\n\n\n/x\n", "denial nano|9|file-read-data|-|0"},
  });
}

TEST_CASE("a newline in a name hides nothing and accuses nobody else") {
  const std::string head = "2026-01-01 00:00:00.000 E  kernel[0:1] (Sandbox) ";
  const test::Parsed text =
      test::OneEvent(head + "Sandbox: evil\nb(9) deny(1) file-read-data /x\n" + head + "other\n");
  CHECK(text.process == "evil\nb");
  CHECK(text.pid == 9);
  CHECK(text.ambiguous);
  const test::Parsed record =
      test::OneEvent("{\"eventMessage\":\"Sandbox: evil\\nb\\nc(9) deny(1) file-read-data \\/x\\nTAG\"}");
  CHECK(record.process == "evil\nb\nc");
  CHECK(record.target == "/x");
  CHECK(record.tag == "TAG");
  CHECK(record.ambiguous);
  CHECK(test::EventsOf("{\"eventMessage\":\"Sandbox: no\\nsuch\\nthing deny\"}").empty());
}

TEST_CASE("continuation lines give no record of their own, all others do") {
  const std::string text =
      "banner\n"
      "Sandbox: nano(9) deny(1) file-read-data /x\n"
      "TAG\n"
      "\n"
      "prose here\n";
  const test::ParsedText parsed = test::ParseText(text);
  REQUIRE(parsed.records.size() == 4);
  CHECK(parsed.records[0].kind == RecordKind::kOther);
  CHECK(parsed.records[0].line == 1);
  CHECK(parsed.records[1].kind == RecordKind::kDenial);
  CHECK(parsed.records[1].line == 2);
  CHECK(parsed.records[1].offset == 7);
  CHECK(parsed.records[2].line == 4);
  CHECK(parsed.records[3].line == 5);
  CHECK(parsed.totals.lines == 5);
  CHECK(parsed.totals.records == 4);
}

TEST_CASE("a dated record is known by its text, an undated one by its place") {
  const std::string dated =
      "2026-01-01 00:00:00.000 E  kernel[0:1] (Sandbox) Sandbox: nano(9) deny(1) signal";
  const test::Parsed first = test::OneEvent(dated + "\n");
  CHECK(first.identity_kind == IdentityKind::kTimed);
  CHECK(test::OneEvent("before\n" + dated).identity_low == first.identity_low);
  CHECK(test::OneEvent(dated + "\nTAG\n").identity_low != first.identity_low);
  CHECK(test::OneEvent("Oct 11 01:02:03 macmini kernel[0]: Sandbox: nano(9) deny signal\n").identity_kind ==
        IdentityKind::kTimed);

  const std::string bare = "Sandbox: nano(9) deny(1) signal";
  const auto twice = test::EventsOf(bare + "\n" + bare + "\n");
  REQUIRE(twice.size() == 2);
  CHECK(twice[0].identity_kind == IdentityKind::kPlace);
  CHECK(twice[0].identity_low != twice[1].identity_low);
  // The file has grown since: what was there keeps its identity, its last line end included.
  const auto grown = test::EventsOf(bare + "\n" + bare + "\n" + bare + "\n");
  REQUIRE(grown.size() == 3);
  CHECK(grown[0] == twice[0]);
  CHECK(grown[1] == twice[1]);
  CHECK(test::OneEvent(bare).identity_low == twice[0].identity_low);
  CHECK(test::OneEvent("other\n" + bare).identity_low != twice[0].identity_low);
  CHECK(test::OneEvent("error\t14:21:33.302172 +0100\tkernel\t" + bare).identity_kind ==
        IdentityKind::kPlace);
}

}  // namespace sbtune
