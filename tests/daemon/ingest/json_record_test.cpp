// JSON records: both spellings, one or many on a line, printed over many lines, broken, hostile.
#include "daemon/ingest/json_record.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/log_generator.h"
#include "tests/support/parsed.h"
#include "tests/support/shared_data.h"

namespace sbtune {
namespace {

using access::IdentityKind;
using access::Provenance;
using access::RecordKind;

constexpr const char* kKernel =
    "\"processImagePath\":\"\\/kernel\",\"processID\":0,\"senderImagePath\":"
    "\"\\/System\\/Library\\/Extensions\\/Sandbox.kext\\/Contents\\/MacOS\\/Sandbox\"";

std::string Object(std::string_view message, std::string_view more = kKernel) {
  return "{\"eventMessage\":\"" + std::string(message) + "\"," + std::string(more) + "}";
}

const std::string kMessage = "Sandbox: nano(88) deny(1) file-read-data \\/a";

}  // namespace

TEST_CASE("only pid 0, the kernel's image and the sandbox kext prove a kernel record") {
  struct Example {
    std::string facts;
    Provenance provenance;
  };
  const std::string kext =
      "\"senderImagePath\":\"/System/Library/Extensions/Sandbox.kext/Contents/MacOS/Sandbox\"";
  const std::vector<Example> examples = {
      {kKernel, Provenance::kKernel},
      {"\"processImagePath\":\"/kernel\",\"processID\":0," + kext, Provenance::kKernel},
      {"\"processImagePath\":\"/kernel\",\"processID\":1," + kext, Provenance::kUntrusted},
      {"\"processImagePath\":\"/kernel\"," + kext, Provenance::kUntrusted},  // an absent pid is not 0
      {"\"processImagePath\":\"/kernel\",\"processID\":null," + kext, Provenance::kUntrusted},
      {"\"processImagePath\":\"/kernel\",\"processID\":\"0\"," + kext, Provenance::kUntrusted},
      {"\"processImagePath\":\"/kernel\",\"processID\":0.5," + kext, Provenance::kUntrusted},
      {"\"processImagePath\":\"/tmp/kernel\",\"processID\":0," + kext, Provenance::kUntrusted},
      {"\"processImagePath\":\"/kernel\",\"processID\":0", Provenance::kUntrusted},
      {"\"processImagePath\":\"/kernel\",\"processID\":0,\"senderImagePath\":\"/x/Sandbox\"",
       Provenance::kUntrusted},
      {"\"processID\":0," + kext, Provenance::kUntrusted},
      {"\"processImagePath\":\"/usr/libexec/sandboxd\",\"processID\":300", Provenance::kSandboxd},
      {"\"processImagePath\":\"/tmp/usr/libexec/sandboxd\",\"processID\":300", Provenance::kUntrusted},
      {"\"subsystem\":\"com.apple.sandbox.reporting\",\"category\":\"violation\"", Provenance::kUntrusted},
      {"\"subsystem\":\"com.apple.sandbox\"", Provenance::kUntrusted},
  };
  for (const Example& example : examples) {
    CAPTURE(example.facts);
    CHECK(test::OneEvent(Object(kMessage, example.facts)).provenance == example.provenance);
  }
}

TEST_CASE("the message must begin like one of the sandbox's, whoever wrote it") {
  CHECK(
      test::EventsOf(Object("ran: log stream with 'Sandbox: nano(88) deny(1) file-read-data \\/a'")).empty());
  CHECK(test::EventsOf(Object("nano(88) deny(1) file-read-data \\/a")).empty());
  CHECK(test::EventsOf(Object("deny(1) file-read-data \\/a")).empty());
  CHECK(test::EventsOf("{\"someKey\":\"Sandbox: nano(88) deny(1) file-read-data /a\"}").empty());
}

TEST_CASE("a record of macos-UnifiedLogs reads like Apple's") {
  const std::string facts =
      "\"library\":\"/System/Library/Extensions/Sandbox.kext/Contents/MacOS/Sandbox\",\"process\":\"/"
      "kernel\",\"pid\":0,"
      "\"euid\":0,\"boot_uuid\":\"AB\",\"subsystem\":\"\",\"category\":\"\",\"thread_id\":77";
  const test::Parsed parsed =
      test::OneEvent("{\"message\":\"" + kMessage + "\",\"time\":1767225600250000000.0," + facts + "}");
  CHECK(parsed.kind == RecordKind::kDenial);
  CHECK(parsed.process == "nano");
  CHECK(parsed.pid == 88);
  CHECK(parsed.target == "/a");
  CHECK(parsed.provenance == Provenance::kKernel);
  CHECK(std::abs(parsed.time_ns.value_or(0) - 1'767'225'600'250'000'000) < 256);  // as exact as a double is
  CHECK(parsed.identity_kind == IdentityKind::kTimed);
  // Newer versions write the time as text too.
  CHECK(test::OneEvent("{\"message\":\"" + kMessage + "\",\"timestamp\":\"2026-01-01T00:00:00.25Z\"," +
                       facts + "}")
            .time_ns == 1'767'225'600'250'000'000);
  CHECK(test::OneEvent("{\"message\":\"" + kMessage + "\",\"time\":1e300," + facts + "}").time_ns ==
        std::nullopt);
}

TEST_CASE("the identity of an event is its mach time, thread, call site and message, not its wall clock") {
  const auto identity = [](std::string_view more) {
    const test::Parsed parsed = test::OneEvent(Object(kMessage, more));
    return std::tuple(parsed.identity_kind, parsed.identity_low, parsed.identity_high);
  };
  const std::string base =
      "\"machTimestamp\":100,\"threadID\":5,\"traceID\":9007199254740993,\"bootUUID\":\"A\"";
  const auto first = identity(base + ",\"timestamp\":\"2026-01-01 00:00:00.001+0000\"");
  CHECK(std::get<0>(first) == IdentityKind::kEvent);
  CHECK(first == identity(base + ",\"timestamp\":\"2026-01-01 00:00:00.016+0000\""));
  CHECK(first == identity("\"timestamp\":\"2026-01-01 00:00:00.016+0000\"," + base));
  CHECK(first !=
        identity("\"machTimestamp\":101,\"threadID\":5,\"traceID\":9007199254740993,\"bootUUID\":\"A\""));
  CHECK(first !=
        identity("\"machTimestamp\":100,\"threadID\":6,\"traceID\":9007199254740993,\"bootUUID\":\"A\""));
  // Beyond 2^53 every bit counts.
  CHECK(first !=
        identity("\"machTimestamp\":100,\"threadID\":5,\"traceID\":9007199254740992,\"bootUUID\":\"A\""));
  CHECK(first !=
        identity("\"machTimestamp\":100,\"threadID\":5,\"traceID\":9007199254740993,\"bootUUID\":\"B\""));
  CHECK(std::get<0>(identity("\"timestamp\":\"2026-01-01 00:00:00.001+0000\"")) == IdentityKind::kTimed);
  CHECK(std::get<0>(identity("\"userID\":0")) == IdentityKind::kPlace);
}

TEST_CASE("a message tag is told from the target, and doubted where a path may go on with it") {
  const auto read = [](std::string_view message) { return test::OneEvent(Object(message)); };
  const test::Parsed tagged = read("Sandbox: nano(88) deny(1) file-read-data \\/a\\nMY_TAG_17");
  CHECK(tagged.target == "/a");
  CHECK(tagged.tag == "MY_TAG_17");
  CHECK_FALSE(tagged.ambiguous);
  CHECK(read("Sandbox: nano(88) deny(1) process-fork\\nMY_TAG_17").tag == "MY_TAG_17");
  CHECK(read("Sandbox: nano(88) deny(1) file-read-data \\/a\\nrest\\/of\\/name").ambiguous);
  CHECK(read("Sandbox: nano(88) deny(1) file-read-data \\/a\\ntwo\\nlines").ambiguous);
  CHECK_FALSE(read("Sandbox: nano(88) deny(1) mach-lookup a.b\\nx\\/y").ambiguous);
  CHECK(read("Sandbox: nano(88) deny(1) file-read-data \\/a\\n").tag == std::nullopt);
}

TEST_CASE("arrays in every print give the same records") {
  const std::string first = Object(kMessage, std::string("\"machTimestamp\":1,") + kKernel);
  const std::string second =
      Object("Sandbox: b(2) deny(1) signal", std::string("\"machTimestamp\":2,") + kKernel);
  const std::string nested =
      "\"backtrace\" : {\n    \"frames\" : [\n      {\n        \"x\" : 1\n      },\n      {\n"
      "        \"x\" : 2\n      }\n    ]\n  },\n  ";
  const auto pretty = [&](const std::string& object, const std::string& indent) {
    std::string out = "{\n" + indent + "  " + nested;
    std::string body = object.substr(1, object.size() - 2);
    for (std::size_t at = body.find("\",\""); at != std::string::npos; at = body.find("\",\"", at + 1)) {
      body.replace(at, 3, "\",\n" + indent + "  \"");
    }
    return out + body + "\n" + indent + "}";
  };
  const std::vector<std::string> prints = {
      first + "\n" + second + "\n",
      "[" + first + "," + second + "]\n",
      "[" + first + ",\n" + second + "]\n",
      "[\n" + first + ",\n" + second + "\n]\n",
      "[\n" + first + "\n,\n" + second + "\n]\n",
      first + second,
      "[" + pretty(first, "") + "," + pretty(second, "") + "]\n",                // log's own
      "[\n  " + pretty(first, "  ") + ",\n  " + pretty(second, "  ") + "\n]\n",  // jq's
      "[" + pretty(first, "") + "," + pretty(second, ""),                        // never closed
      pretty(first, "") + "\n" + pretty(second, "") + "\n",
      "[\r\n" + first + ",\r\n" + second + "\r\n]\r\n",
      "\xEF\xBB\xBF" + first + "\n" + second + "\n",
  };
  for (const std::string& print : prints) {
    CAPTURE(print);
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{50}, std::size_t{300}, print.size() + 1}) {
      CAPTURE(chunk);
      const auto records = test::ParseText(print, chunk, ingest::OtherRecords::kSkip).records;
      REQUIRE(records.size() == 2);
      CHECK(records[0].target == "/a");
      CHECK(records[0].provenance == Provenance::kKernel);
      CHECK(records[1].process == "b");
      CHECK(records[1].provenance == Provenance::kKernel);
      CHECK(records[0].identity_low == test::OneEvent(first).identity_low);
    }
  }
}

TEST_CASE("an object behind something else is still an object, and a piece of one is trusted by nobody") {
  const test::Parsed behind = test::OneEvent("2026-01-01T00:00:00Z " + Object(kMessage));
  CHECK(behind.target == "/a");
  CHECK(behind.provenance == Provenance::kKernel);
  CHECK(test::OneEvent("capture.ndjson:17:" + Object(kMessage, "\"processID\":5")).provenance ==
        Provenance::kUntrusted);
  const test::Parsed piece = test::OneEvent("  \"eventMessage\" : \"Sandbox: nano(88) deny(1) signal\",");
  CHECK(piece.operation == "signal");
  CHECK(piece.provenance == Provenance::kUntrusted);
}

TEST_CASE("broken JSON is no record, and harms no other") {
  const std::string good = Object(kMessage) + "\n";
  const std::vector<std::string> broken = {
      "{\"eventMessage\":\"Sandbox: x(1) deny(1) signal\"",
      "{\"eventMessage\":\"Sandbox: x(1) deny(1) signal",
      "{\"eventMessage\":\"Sandbox: x(1) deny(1) signal\"]",
      "{\"eventMessage\":\"Sandbox: x(1) deny(1) signal\\u12\"}",
      "{\"eventMessage\":\"Sandbox: x(1) deny(1) signal\\q\"}",
      "{\"eventMessage\" \"Sandbox: x(1) deny(1) signal\"}",
      "{\"eventMessage\":[\"Sandbox: x(1) deny(1) signal\"]}",
      "{\"eventMessage\":{\"a\":\"Sandbox: x(1) deny(1) signal\"}}",
      "[{\"a\":\"Sandbox: x(1) deny(1) signal\"",
      "{" + std::string(5000, '['),
      "{\"a\":" + std::string(5000, '{'),
      "{\n  \"eventMessage\" : \"Sandbox: x(1) deny(1) signal\",",
  };
  for (const std::string& text : broken) {
    CAPTURE(text);
    const auto records = test::EventsOf(good + text + "\n" + good);
    REQUIRE(records.size() == 2);
    CHECK(records[0].process == "nano");
    CHECK(records[1].process == "nano");
  }
}

TEST_CASE("deep nesting is skipped without recursion") {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  const auto records =
      test::EventsOf("{\"x\":" + deep + ",\"eventMessage\":\"" + kMessage + "\"}\n" + Object(kMessage));
  REQUIRE(records.size() == 2);
  CHECK(records[0].target == "/a");
}

TEST_CASE("bytes that are not UTF-8, half surrogates and NUL are kept") {
  CHECK(test::OneEvent(Object("Sandbox: nano(88) deny(1) file-read-data /a\xFF\xFEz")).target ==
        "/a\xFF\xFEz");
  CHECK(test::OneEvent(Object("Sandbox: nano(88) deny(1) file-read-data /a\\ud800z")).target ==
        "/a\xED\xA0\x80z");
  CHECK(test::OneEvent(Object("Sandbox: nano(88) deny(1) file-read-data /a\\u0000z")).target ==
        std::string("/a\0z", 4));
  CHECK(test::OneEvent(Object("Sandbox: nano(88) deny(1) file-read-data /\\ud83d\\ude00")).target ==
        "/\xF0\x9F\x98\x80");
  CHECK(test::OneEvent(Object("Sandbox: n\xFF(88) deny(1) file-read-data /a")).provenance ==
        Provenance::kKernel);
}

TEST_CASE("the reader by hand and simdjson agree on generated records and on what becomes of them") {
  test::LogGenerator generator(8);
  std::mt19937 random(8);
  ingest::JsonRecordReader reader;
  int agreed = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string object;
    generator.AppendNdjson(object);
    object.pop_back();
    for (int step = 0; step < 4; ++step) {
      ingest::RecordFacts by_hand;
      ingest::JsonRecordReader other;
      const bool read_by_hand = other.ReadByHand(object, by_hand);
      ingest::RecordFacts facts;
      const bool read = reader.Read(object, object.size(), facts);
      if (read && read_by_hand) {
        ++agreed;
        CAPTURE(object);
        CHECK(facts.message == by_hand.message);
        CHECK(facts.process_image == by_hand.process_image);
        CHECK(facts.sender_image == by_hand.sender_image);
        CHECK(facts.process_id == by_hand.process_id);
        CHECK(facts.mach_time == by_hand.mach_time);
        CHECK(facts.time_ns == by_hand.time_ns);
        CHECK(facts.trace == by_hand.trace);
        CHECK(facts.boot == by_hand.boot);
      }
      if (step == 0) CHECK((read && read_by_hand));
      object[random() % object.size()] = static_cast<char>(" \"\\{}[]:,0a"[random() % 11]);
    }
  }
  CHECK(agreed > 5'000);
}

TEST_CASE("the 22 recorded kernel records are read exactly") {
  const auto path = test::SharedData("corpus/denials.ndjson");
  if (!path) {
    MESSAGE("skipped: no corpus");
    return;
  }
  // process, pid, operation, target, duplicates, tag: read off the records by eye. All come from the kernel,
  // errno 1.
  struct Row {
    const char* process;
    int pid;
    const char* operation;
    const char* target;
    unsigned duplicates;
    bool tagged;
  };
  const char* const contacts = "com.apple.contactsd.persistence";
  const char* const address_book = "com.apple.AddressBook.ContactsAccountsService";
  const std::vector<Row> rows = {
      {"searchpartyuseragent", 1156, "mach-lookup", contacts, 0, false},
      {"searchpartyuseragent", 1156, "mach-lookup", contacts, 1, false},
      {"imagent", 544, "mach-lookup", contacts, 0, false},
      {"imagent", 544, "mach-lookup", contacts, 3, false},
      {"imagent", 544, "mach-lookup", address_book, 0, false},
      {"imagent", 544, "mach-lookup", contacts, 0, false},
      {"imagent", 544, "mach-lookup", contacts, 7, false},
      {"cat", 15505, "file-read-data", "/private/etc/hosts", 0, false},
      {"touch", 15511, "file-write-create", "/private/tmp/buckle_capture_probe", 0, false},
      {"curl", 15522, "network-outbound", "/private/var/run/syslog", 0, false},
      {"curl", 15522, "network-outbound", "remote:*:80", 0, false},
      {"cat", 15528, "file-read-data", "/private/etc/hosts", 0, true},
      {"cat", 15531, "file-read-data", "/private/etc/hosts", 0, true},
      {"bash", 15536, "file-read-data", "/private/etc/hosts", 0, false},
      {"searchpartyuseragent", 1156, "mach-lookup", contacts, 0, false},
      {"searchpartyuseragent", 1156, "mach-lookup", contacts, 3, false},
      {"searchpartyuseragent", 1156, "mach-lookup", address_book, 0, false},
      {"searchpartyuseragent", 1156, "mach-lookup", contacts, 7, false},
      {"gputoolsserviced", 15546, "file-read-data", "/usr/libexec", 0, false},
      {"gputoolsserviced", 15546, "file-read-data", "/usr/libexec", 1, false},
      {"gputoolsserviced", 15546, "file-write-create",
       "/private/var/folders/x1/_178pfv95q16b4k6pc24sz5r0000gn/C/com.apple.gputoolsserviced/"
       "com.apple.gputoolsserviced",
       0, false},
      {"cat", 15571, "file-read-data", "/private/etc/hosts", 0, true},
  };
  const test::ParsedText parsed = test::ParseText(test::ReadFile(*path));
  REQUIRE(parsed.records.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const test::Parsed& record = parsed.records[i];
    CAPTURE(record);
    CHECK(record.kind == (rows[i].duplicates > 0 ? RecordKind::kDuplicate : RecordKind::kDenial));
    CHECK(record.action == access::Action::kDeny);
    CHECK(record.process == rows[i].process);
    CHECK(record.pid == rows[i].pid);
    CHECK(record.operation == rows[i].operation);
    CHECK(record.target == rows[i].target);
    CHECK(record.duplicates == rows[i].duplicates);
    CHECK(record.errno_number == 1);
    CHECK(record.tag.has_value() == rows[i].tagged);
    CHECK(record.provenance == Provenance::kKernel);
    CHECK(record.identity_kind == IdentityKind::kEvent);
    CHECK(record.line == i + 1);
    CHECK_FALSE(record.ambiguous);
    CHECK_FALSE(record.platform_policy);
    // 2026-09-13 17:08:36 to :41 UTC
    CHECK(record.time_ns.value_or(0) / 1'000'000'000 >= 1'789'319'316);
    CHECK(record.time_ns.value_or(0) / 1'000'000'000 <= 1'789'319'321);
  }
}

}  // namespace sbtune
