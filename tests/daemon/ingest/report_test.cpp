// sandboxd's multi-line reports, as text and as the message of a JSON record.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/parsed.h"

namespace sbtune {
namespace {

using access::RecordKind;

const std::string kBody =
    "Process:         Two Words [501]\n"
    "Path:            /Applications/Two Words.app/Contents/MacOS/Two Words\n"
    "Load Address:    0x101ea2000\n"
    "Identifier:      com.example.two\n"
    "Code Type:       arm64 (Native)\n"
    "Parent Process:  launchd [1]\n"
    "\n"
    "Date/Time:       2026-01-01 00:00:00.000 GMT\n"
    "OS Version:      macOS 99.1 (1A1)\n"
    "Report Version:  8\n";

const std::string kThreads =
    "\n"
    "Thread 0 (id: 77):\n"
    "0   libsystem_kernel.dylib        \t0x00007fff6b56c5be mach_msg_trap + 10\n"
    "\n"
    "Binary Images:\n"
    "       0x100467000 -        0x1004fbff7  com.example.two (1.0 - 1) <f860> /Applications/Two Words.app\n";

const std::string kHead =
    "2026-01-01 00:00:00.000 E  sandboxd[10:1a] [com.apple.sandbox.reporting:violation] ";

std::string MetaData(std::string_view members) { return "\nMetaData: {" + std::string(members) + "}\n"; }

std::string JsonText(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

}  // namespace

TEST_CASE("a head line and what follows it are one report") {
  const std::string report = kHead + "Sandbox: Two Words(501) deny(1) file-read-data /x y\n" +
                             "Violation:       deny(1) file-read-data /x y \n" + kBody + kThreads;
  const test::ParsedText parsed = test::ParseText("before\n" + report + "after\n");
  REQUIRE(parsed.records.size() == 3);
  const test::Parsed& record = parsed.records[1];
  CHECK(record.kind == RecordKind::kReport);
  CHECK(record.process == "Two Words");
  CHECK(record.pid == 501);
  CHECK(record.operation == "file-read-data");
  CHECK(record.target == "/x y");
  CHECK(record.errno_number == 1);
  CHECK(record.line == 2);
  CHECK_FALSE(record.ambiguous);
  CHECK(parsed.records[2].kind == RecordKind::kOther);
  CHECK(parsed.records[2].line == 20);
}

TEST_CASE("MetaData says everything again, and wins") {
  const std::string data = MetaData(
      "\"operation\":\"file-read-data\",\"target\":\"\\/x\\/y\",\"pid\":501,\"process\":\"Two Words and "
      "more\","
      "\"errno\":5,\"platform-policy\":true,\"action\":\"deny\",\"process_path\":[\"a\",\"b\"],\"n\":{"
      "\"pid\":9}");
  const test::Parsed record =
      test::OneEvent(kHead + "Sandbox: Two Words and mo(501) deny(1) file-read-data /x/y\n" + kBody + data +
                     "\nFailed to symbolicate: NULL symbolicator\n");
  CHECK(record.kind == RecordKind::kReport);
  CHECK(record.target == "/x/y");
  CHECK(record.process == "Two Words and more");
  CHECK(record.errno_number == 5);
  CHECK(record.platform_policy);
  CHECK_FALSE(record.ambiguous);
}

TEST_CASE("MetaData over many lines is read too") {
  const std::string data =
      "\nMetaData: {\n  \"operation\" : \"mach-lookup\",\n  \"summary\" : \"deny(1) mach-lookup a.b\",\n  "
      "\"target\" : \"a.b\"\n}\n";
  const auto records =
      test::EventsOf(kHead + "Sandbox: Two Words(501) deny(1) mach-lookup a.b\n" + kBody + data + "tail\n");
  REQUIRE(records.size() == 1);
  CHECK(records[0].operation == "mach-lookup");
  CHECK(records[0].target == "a.b");
}

TEST_CASE("MetaData that contradicts the head, or stands twice, is doubted") {
  const std::string head = kHead + "Sandbox: Two Words(501) deny(1) mach-lookup a.b\n" + kBody;
  CHECK(test::OneEvent(head + MetaData("\"operation\":\"signal\",\"pid\":501")).ambiguous);
  CHECK(test::OneEvent(head + MetaData("\"operation\":\"mach-lookup\",\"pid\":502")).ambiguous);
  CHECK(test::OneEvent(head + MetaData("\"target\":\"a.b.c\"")).ambiguous);
  CHECK(test::OneEvent(head + MetaData("\"process\":\"Two Words Long\"")).ambiguous);
  CHECK(test::OneEvent(head + MetaData("\"target\":\"c\"") + MetaData("\"target\":\"a.b\"")).ambiguous);
  CHECK_FALSE(test::OneEvent(head + MetaData("\"operation\":\"mach-lookup\",\"pid\":501")).ambiguous);
  // Broken MetaData: the head stays.
  CHECK(test::OneEvent(head + "\nMetaData: {\"target\":\"c\n").target == "a.b");
}

TEST_CASE("a report that was quoted or indented as a whole is one report") {
  const std::string report = kHead + "Sandbox: Two Words(501) deny(1) file-read-data /x y\n" +
                             "Violation:       deny(1) file-read-data /x y \n" + kBody +
                             MetaData("\n \"operation\":\"file-read-data\",\n \"target\":\"/x y z\"\n") +
                             kThreads;
  for (const std::string marks : {"    ", "> ", "\t", "//  ", "> > "}) {
    CAPTURE(marks);
    std::string text;
    for (std::size_t at = 0; at < report.size();) {
      const std::size_t end = report.find('\n', at) + 1;
      text += (end == at + 1 ? marks.substr(0, marks.size() - 1) : marks) + report.substr(at, end - at);
      at = end;
    }
    const test::ParsedText parsed = test::ParseText(text + "after\n" + text, 100);
    REQUIRE(parsed.records.size() == 3);
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
      CHECK(parsed.records[i].kind == RecordKind::kReport);
      CHECK(parsed.records[i].target == "/x y z");
      CHECK(parsed.records[i].line == (i == 0 ? 1u : 25u));
    }
  }
  // However long it is, and no further than it goes.
  std::string frames;
  for (int i = 0; i < 2'000; ++i) frames += "  0   libx.dylib   \t0x00007f start + 10\n";
  const std::string head = "  Sandbox: Two Words(501) deny(1) signal\n  Process:         Two Words [501]\n";
  const test::ParsedText parsed =
      test::ParseText(head + frames + "  prose\n" + head + frames + "prose\n", 5'000);
  REQUIRE(parsed.records.size() == 4);
  CHECK(parsed.records[2].line == 2'004);
}

TEST_CASE("a report in a JSON record has the provenance of its image") {
  const std::string message =
      "Sandbox: Two Words(501) System Policy: deny(1) mach-lookup a.b\n" + kBody +
      MetaData("\"operation\":\"mach-lookup\",\"target\":\"a.b\",\"platform-policy\":false");
  const test::Parsed record =
      test::OneEvent("{\"eventMessage\":\"" + JsonText(message) +
                     "\",\"processImagePath\":\"\\/usr\\/libexec\\/sandboxd\",\"processID\":10}\n");
  CHECK(record.kind == RecordKind::kReport);
  CHECK(record.provenance == access::Provenance::kSandboxd);
  CHECK(record.target == "a.b");
  CHECK_FALSE(record.platform_policy);
  CHECK(record.tag == std::nullopt);
}

TEST_CASE("a file called like a report gives no other process and no other target without a doubt") {
  const std::string forged =
      "Sandbox: evil(7) deny(1) file-read-data /x\nProcess: git [7]\nMetaData: "
      "{\"target\":\"\\/private\\/etc\\/master.passwd\",\"process\":\"git\"}";
  const test::Parsed kernel = test::OneEvent("{\"eventMessage\":\"" + JsonText(forged) +
                                             "\",\"processImagePath\":\"\\/kernel\",\"processID\":0,"
                                             "\"senderImagePath\":\"\\/System\\/Library\\/Extensions\\/"
                                             "Sandbox.kext\\/Contents\\/MacOS\\/Sandbox\"}\n");
  CHECK(kernel.provenance == access::Provenance::kKernel);
  CHECK(kernel.kind == RecordKind::kDenial);
  CHECK(kernel.process == "evil");
  CHECK(kernel.target == "/x");
  CHECK(kernel.ambiguous);
  const test::Parsed sandboxd = test::OneEvent("{\"eventMessage\":\"" + JsonText(forged) +
                                               "\",\"processImagePath\":\"\\/usr\\/libexec\\/sandboxd\"}\n");
  CHECK(sandboxd.kind == RecordKind::kReport);
  CHECK(sandboxd.ambiguous);
  CHECK(test::OneEvent(kHead + forged + "\n").ambiguous);
  CHECK(test::OneEvent("2026-01-01 00:00:00.000 E  kernel[0:1a] (Sandbox) " + forged + "\n").ambiguous);
}

TEST_CASE("pieces of reports are reports") {
  const test::Parsed violation =
      test::OneEvent("Violation:       System Policy: deny(1) file-read-data /x\n");
  CHECK(violation.kind == RecordKind::kReport);
  CHECK(violation.operation == "file-read-data");
  CHECK(violation.platform_policy);
  CHECK(violation.process == std::nullopt);
  const test::Parsed with_process = test::OneEvent("Violation:       deny mach-lookup a.b\n" + kBody);
  CHECK(with_process.process == "Two Words");
  CHECK(with_process.pid == 501);
  CHECK(test::OneEvent(kThreads.substr(1)).kind == RecordKind::kReport);
  CHECK(test::EventsOf("Process:         Crashed [501]\nPath: /x\n").empty());
  CHECK(test::EventsOf("Failed to symbolicate: NULL symbolicator\n").empty());
}

}  // namespace sbtune
