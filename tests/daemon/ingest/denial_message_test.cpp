#include "daemon/ingest/denial_message.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/log_generator.h"
#include "tests/support/parsed.h"
#include "tests/support/shared_data.h"

namespace sbtune {
namespace {

using ingest::DenialReader;
using ingest::Grammar;

// "kind process|pid|operation|target|duplicates|errno flags", or "none".
std::string Read(std::string_view message, Grammar grammar) {
  DenialReader reader;
  access::RecordView record;
  if (!reader.Read(message, grammar, record)) return "none";
  const auto number = [](auto value) { return value ? std::to_string(*value) : std::string("-"); };
  std::string out(access::Name(record.kind));
  if (record.kind == access::RecordKind::kDuplicate) out += "/" + std::string(access::Name(record.action));
  out += ' ';
  out += record.process.value_or("-");
  out += '|' + number(record.pid) + '|';
  out += record.operation.value_or("-");
  out += '|';
  out += record.target.value_or("-");
  out += '|' + std::to_string(record.duplicates) + '|' + number(record.errno_number);
  if (record.platform_policy) out += " platform";
  if (record.ambiguous) out += " ambiguous";
  return out;
}

struct Example {
  std::string message;
  std::string reading;
};

}  // namespace

TEST_CASE("a whole message reads as its parts") {
  const std::vector<Example> examples = {
      {"Sandbox: nano(88) deny(1) file-read-data /opt/x", "denial nano|88|file-read-data|/opt/x|0|1"},
      {"Sandbox: nano(88) deny(5) file-read-data /opt/x", "denial nano|88|file-read-data|/opt/x|0|5"},
      {"Sandbox: nano(88) deny file-read-data /opt/x", "denial nano|88|file-read-data|/opt/x|0|-"},
      {"Sandbox: nano(88) allow file-read-data /opt/x", "allow nano|88|file-read-data|/opt/x|0|-"},
      {"Sandbox: nano(88) allow(0) file-read-data /opt/x", "allow nano|88|file-read-data|/opt/x|0|0"},
      {"Sandbox: nano(-1) deny(1) signal", "denial nano|-1|signal|-|0|1"},
      {"Sandbox: nano(1,088) deny(1) signal", "denial nano|1088|signal|-|0|1"},
      {"Sandbox: nano(1,08) deny(1) signal", "none"},
      {"System Policy: nano(88) deny(1) iokit-open-service IOThing",
       "denial nano|88|iokit-open-service|IOThing|0|1 platform"},
      {"Sandbox: nano(88) System Policy: deny(1) mach-priv-task-port",
       "denial nano|88|mach-priv-task-port|-|0|1 platform"},
      {"Sandbox: nano(88) System Policy: allow(0) mach-priv-task-port",
       "allow nano|88|mach-priv-task-port|-|0|0 platform"},
      {"SandboxViolation: Two Words(7) deny(1) mach-lookup a.b", "denial Two Words|7|mach-lookup|a.b|0|1"},
      {"Protobox: nano(88) deny(1) syscall-unix 97", "denial nano|88|syscall-unix|97|0|1 platform"},
      {"3 duplicate reports for Sandbox: nano(88) deny(1) sysctl-read hw.x",
       "duplicate/deny nano|88|sysctl-read|hw.x|3|1"},
      {"1 duplicate report for System Policy: nano(88) allow file-read-data /a",
       "duplicate/allow nano|88|file-read-data|/a|1|- platform"},
      {"Sandbox: 12 duplicate reports for nano deny(1) file-read-data /a b",
       "duplicate/deny nano|-|file-read-data|/a b|12|1"},
      {"Sandbox: 2 duplicate reports for Cut Name (Helpe deny(1) signal",
       "duplicate/deny Cut Name (Helpe|-|signal|-|2|1"},
      {"0 duplicate reports for Sandbox: nano(88) deny(1) signal", "duplicate/deny nano|88|signal|-|0|1"},
      {"Sandbox: App Helper (Renderer)(9) deny(1) process-exec* /bin/ls",
       "denial App Helper (Renderer)|9|process-exec*|/bin/ls|0|1"},
      {"Sandbox: App Helper (GPU(9) deny(1) forbidden-exec-sugid",
       "denial App Helper (GPU|9|forbidden-exec-sugid|-|0|1"},
      {"Sandbox: nano(88) deny(1) forbidden-link-priv<file-write*> /a",
       "denial nano|88|forbidden-link-priv<file-write*>|/a|0|1"},
      {"Sandbox: nano(88) deny(1) network-bind*:1921", "denial nano|88|network-bind|*:1921|0|1"},
      {"Sandbox: nano(88) deny(1) network-outbound*:443", "denial nano|88|network-outbound|*:443|0|1"},
      {"Sandbox: nano(88) deny(1) network-outbound *:443", "denial nano|88|network-outbound|*:443|0|1"},
      {"Sandbox: nano(88) deny(1) signal others [init(1)] signum:15",
       "denial nano|88|signal|others [init(1)] signum:15|0|1"},
      {"Sandbox: nano(88) deny(1) system-fsctl (_IO \"h\" 47)",
       "denial nano|88|system-fsctl|(_IO \"h\" 47)|0|1"},
      {"Sandbox: nano(88) deny(1) file-read-data /ends in blank ",
       "denial nano|88|file-read-data|/ends in blank |0|1"},
      // A newer system's operation.
      {"Sandbox: nano(88) deny(1) vsock-connect cid:2", "denial nano|88|vsock-connect|cid:2|0|1"},
      {"Sandbox: nano(88) deny(1) teleport", "denial nano|88|teleport|-|0|1"},
      // Missing what the system never leaves out.
      {"Sandbox: nano deny(1) signal", "none"},
      {"Sandbox: deny(1) file-read-data /a", "none"},
      {"nano(88) deny(1) file-read-data /a", "none"},
      {"Sandbox: (88) deny(1) file-read-data /a", "none"},
      {"Sandbox: nano(88) deny(1)", "none"},
      {"Sandbox: nano(88) deny(1) ", "none"},
      {"Sandbox: nano(88) denied(1) file-read-data /a", "none"},
      {"Sandbox: nano(88)deny(1) file-read-data /a", "none"},
      {"Sandbox: nano(pid) deny(1) file-read-data /a", "none"},
      {"Sandbox: nano(88) deny(1) File-Read /a", "none"},
      {"quoted Sandbox: nano(88) deny(1) signal", "none"},
      {"", "none"},
  };
  for (const Example& example : examples) {
    CAPTURE(example.message);
    CHECK(Read(example.message, Grammar::kRecord) == example.reading);
  }
}

TEST_CASE("lines that people cut short still read, and what only looks like one does not") {
  const std::vector<Example> examples = {
      {"nano(88) deny(1) file-read-data /a", "denial nano|88|file-read-data|/a|0|1"},
      {"nano(88) System Policy: deny file-write-unlink /a",
       "denial nano|88|file-write-unlink|/a|0|- platform"},
      {"Sandbox: nano deny(1) file-read-data /a", "denial nano|-|file-read-data|/a|0|1"},
      {"Sandbox: deny(1) file-read-data /a", "denial -|-|file-read-data|/a|0|1"},
      {"deny(1) file-read-data /a", "denial -|-|file-read-data|/a|0|1"},
      {"deny mach-register a.b", "denial -|-|mach-register|a.b|0|-"},
      {"Sandbox: nano(88)    deny(1)   file-read-data   /a", "denial nano|88|file-read-data|/a|0|1"},
      {"Sandbox: nano(88) deny(1) file-write-create...", "denial nano|88|file-write-create|-|0|1"},
      {"Sandbox: nano(88) deny(1) file-write-create,Error", "denial nano|88|file-write-create|-|0|1"},
      {"Sandbox: nano(88) deny(1) unheard-of-thing /a", "denial nano|88|unheard-of-thing|/a|0|1"},
      {"Sandbox: A name of more than thirty-two bytes(88) deny(1) signal",
       "denial A name of more than thirty-two bytes|88|signal|-|0|1"},
      // Profiles, proxies, placeholders, prose.
      {"deny file-read* /etc", "none"},
      {"deny default", "none"},
      {"Sandbox: deny default rule", "none"},
      {"allow file-read-data /etc", "none"},
      {"deny file-read-data (literal \"/etc\")", "none"},
      {"Sandbox: deny file-read-data for the helper", "none"},
      {"Sandbox: deny(1) signal", "none"},
      {"deny network-outbound host.example:443", "none"},
      {"curl(5) deny(1) network-outbound host.example:443 (blocked)", "none"},
      {"curl(5) deny(1) network-outbound https://host.example/", "none"},
      {"curl(5) deny(1) http-request https://host.example/", "none"},
      {"Sandbox: curl(5) deny(1) http-request https://host.example/", "none"},
      {"nano(5) deny(1) openat /a", "none"},
      {"Sandbox: nano(5) deny(1) openat /a", "none"},
      {"Sandbox: nano(...) deny(1) file-read-data /a", "none"},
      {"Sandbox: nano(<pid>) deny(1) file-read-data /a", "none"},
      {"Sandbox: nano([..]) deny(1) file-read-data /a", "none"},
      {"Sandbox: nano ... deny(1) file-read-data /a", "none"},
      {"Sandbox: 2 duplicate reports for nano(pid) deny(1) signal", "none"},
      {"sandbox-exec: deny(1) network-outbound", "none"},
      {"nano deny(1) file-read-data /a", "none"},
  };
  for (const Example& example : examples) {
    CAPTURE(example.message);
    CHECK(Read(example.message, Grammar::kLine) == example.reading);
  }
  CHECK(Read("nano deny(1) signal", Grammar::kCell) == "denial nano|-|signal|-|0|1");
  CHECK(Read("the log says deny(1) signal", Grammar::kCell) == "none");
  CHECK(Read("deny(1) signal others", Grammar::kQuote) == "none");
}

TEST_CASE("a name or a target that imitates a header makes the record ambiguous, or misleads nobody") {
  const std::vector<Example> examples = {
      // The first cut gives no operation, so the whole front is the name.
      {"Sandbox: x(4) deny(1) y(77) deny(1) mach-lookup a.b", "denial x(4) deny(1) y|77|mach-lookup|a.b|0|1"},
      // Two cuts give operations.
      {"Sandbox: x(1) deny(1) signal(9) deny(1) mach-lookup a",
       "denial x(1) deny(1) signal|9|mach-lookup|a|0|1"},
      {"Sandbox: x(1) deny(1) signal y(9) deny(1) mach-lookup a",
       "denial x|1|signal|y(9) deny(1) mach-lookup a|0|1 ambiguous"},
      {"Sandbox: x(1) allow signal y(9) deny(1) mach-lookup a",
       "allow x|1|signal|y(9) deny(1) mach-lookup a|0|- ambiguous"},
      {"Sandbox: x(1) deny(1) file-read-data /y(9) deny(1) signal",
       "denial x|1|file-read-data|/y(9) deny(1) signal|0|1 ambiguous"},
      {"Sandbox: x(1) System Policy: deny(1) s(9) deny(1) signal",
       "denial x(1) System Policy: deny(1) s|9|signal|-|0|1"},
      // An operation nobody knows yet, and one that we know: doubt.
      {"Sandbox: x(1) deny(1) new-op y(9) deny(1) signal",
       "denial x(1) deny(1) new-op y|9|signal|-|0|1 ambiguous"},
      // Too far behind to end a name of 32 bytes: a target, and nothing else.
      {"Sandbox: x(1) deny(1) file-read-data /some/long/path/y(9) deny(1) signal",
       "denial x|1|file-read-data|/some/long/path/y(9) deny(1) signal|0|1"},
      {"Sandbox: deny (1) deny(1) signal", "denial deny |1|signal|-|0|1"},
      // An old summary has no pid; or a program calls itself "3 duplicate reports for x".
      {"Sandbox: 3 duplicate reports for x(12) deny(1) signal", "duplicate/deny x|12|signal|-|3|1 ambiguous"},
      {"Sandbox: 3 duplicate reports for x deny(1) signal", "duplicate/deny x|-|signal|-|3|1"},
  };
  for (const Example& example : examples) {
    CAPTURE(example.message);
    CHECK(Read(example.message, Grammar::kRecord) == example.reading);
  }
}

TEST_CASE("whatever a program calls itself, no other process and no other access is read without a doubt") {
  // The name is the attacker's; process 900 really made this access.
  const std::vector<std::string> parts = {"x",
                                          "(1)",
                                          "(900)",
                                          " ",
                                          "deny(1)",
                                          "deny",
                                          "allow",
                                          " signal",
                                          " ",
                                          " mach-lookup",
                                          " a",
                                          ":",
                                          "System Policy:",
                                          "Sandbox:",
                                          "(",
                                          ")",
                                          "2 duplicate reports for ",
                                          "file-read-data"};
  std::mt19937 random(11);
  int read = 0, doubted = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string name;
    for (int count = 1 + static_cast<int>(random() % 8); count > 0; --count)
      name += parts[random() % parts.size()];
    name.resize(std::min(name.size(), ingest::kMaxName));
    const std::string message = "Sandbox: " + name + "(900) deny(1) file-write-create /victim/path";
    DenialReader reader;
    access::RecordView record;
    if (!reader.Read(message, Grammar::kRecord, record)) continue;
    ++read;
    if (record.ambiguous) {
      ++doubted;
      continue;
    }
    CAPTURE(message);
    const bool right = record.process == name && record.pid == 900 &&
                       record.operation == "file-write-create" && record.target == "/victim/path" &&
                       record.kind == access::RecordKind::kDenial;
    CHECK(right);
  }
  CHECK(read > 45'000);
  CHECK(doubted > 300);
}

TEST_CASE("whatever a file is called, the process and the operation are read without a doubt, or with one") {
  const std::vector<std::string> parts = {"/",
                                          "x",
                                          "(1)",
                                          "(7)",
                                          " ",
                                          "deny(1)",
                                          "deny",
                                          "allow",
                                          "\t",
                                          " ",
                                          "signal ",
                                          "a",
                                          ":",
                                          "System Policy:",
                                          "`",
                                          "...",
                                          "*",
                                          "(in target 'a' from project 'b')",
                                          "Sandbox: x(1) deny(1) signal"};
  std::mt19937 random(12);
  for (int i = 0; i < 30'000; ++i) {
    std::string target = "/";
    for (int count = 1 + static_cast<int>(random() % 8); count > 0; --count)
      target += parts[random() % parts.size()];
    const std::string message = "Sandbox: victim(900) deny(1) file-read-data " + target;
    DenialReader reader;
    access::RecordView record;
    CAPTURE(message);
    REQUIRE(reader.Read(message, Grammar::kRecord, record));
    const bool right = record.process == "victim" && record.pid == 900 &&
                       record.operation == "file-read-data" && record.target == target;
    CHECK((right || record.ambiguous));
  }
}

TEST_CASE("a message as long as the kernel's buffer may have been cut") {
  const std::string head = "Sandbox: x(1) deny(1) file-read-data /";
  const std::string whole = head + std::string(ingest::kKernelMessage - 1 - head.size(), 'p');
  CHECK(Read(whole, Grammar::kRecord).find("ambiguous") == std::string::npos);
  CHECK(Read(whole + "p", Grammar::kRecord).find("ambiguous") != std::string::npos);
}

namespace {

// The path by hand answers as the grammar, in every place a message may stand, or not at all.
void Compare(const std::string& message, int& answered) {
  static DenialReader reader;
  access::RecordView plain;
  if (!reader.ReadPlainDenial(message, plain)) return;
  ++answered;
  for (const Grammar grammar : {Grammar::kRecord, Grammar::kLine, Grammar::kQuote}) {
    access::RecordView full;
    const bool read = reader.ReadByGrammar(message, grammar, full);
    const bool equal = read && test::Own(plain) == test::Own(full);
    if (equal) continue;
    CAPTURE(message);
    CHECK(test::Own(plain) == test::Own(full));
  }
}

void Mutate(std::string& text, std::mt19937& random) {
  static const std::vector<std::string> pieces = {"(",
                                                  ")",
                                                  "(1)",
                                                  " ",
                                                  "  ",
                                                  "deny(1) ",
                                                  "allow ",
                                                  "/",
                                                  "*",
                                                  ":",
                                                  "-",
                                                  ",",
                                                  "Sandbox: ",
                                                  "System Policy: ",
                                                  "file-read-data",
                                                  "\t",
                                                  "\x80",
                                                  "5 duplicate reports for ",
                                                  "signal",
                                                  "<",
                                                  ">",
                                                  "x(7) deny(1) signal"};
  const std::size_t at = text.empty() ? 0 : random() % text.size();
  switch (random() % 4) {
    case 0:
      text.erase(at, 1 + random() % 3);
      break;
    case 1:
      text.insert(at, pieces[random() % pieces.size()]);
      break;
    case 2:
      text.replace(at, std::min<std::size_t>(text.size() - at, 1 + random() % 4),
                   pieces[random() % pieces.size()]);
      break;
    default:
      if (!text.empty()) text[at] = static_cast<char>(random());
  }
}

}  // namespace

TEST_CASE("the path by hand agrees with the grammar on generated messages and what becomes of them") {
  test::LogGenerator generator(3);
  std::mt19937 random(3);
  int answered = 0;
  for (int i = 0; i < 8'000; ++i) {
    std::string message;
    generator.AppendMessage(message);
    const int before = answered;
    Compare(message, answered);
    CHECK(answered == before + 1);  // the generator's spelling is the plain one
    for (int step = 0; step < 6; ++step) {
      Mutate(message, random);
      Compare(message, answered);
    }
  }
  CHECK(answered > 16'000);
}

TEST_CASE("the path by hand agrees with the grammar on the recorded lines and what becomes of them") {
  const auto path = test::SharedData("corpus/denials.tsv");
  if (!path) {
    MESSAGE("skipped: no corpus");
    return;
  }
  std::mt19937 random(5);
  int answered = 0;
  for (const auto& row : test::ReadTsv(*path)) {
    for (const std::string_view start : {"Sandbox: ", "System Policy: ", "duplicate report"}) {
      const std::size_t at = row[3].find(start);
      if (at == std::string::npos) continue;
      for (int i = 0; i < 40; ++i) {
        std::string message = row[3].substr(start[0] == 'd' && at > 2 ? at - 2 : at);
        for (int step = 0; step < i % 5; ++step) Mutate(message, random);
        Compare(message, answered);
      }
    }
  }
  CHECK(answered > 1'000);
}

}  // namespace sbtune
