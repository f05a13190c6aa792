#include "daemon/ingest/log_line.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "daemon/ingest/plain_line.h"
#include "tests/support/log_generator.h"
#include "tests/support/shared_data.h"

namespace sbtune {
namespace {

using ingest::Emitter;
using ingest::Header;

std::string Show(const ingest::LogLine& line) {
  std::string out;
  switch (line.header) {
    case Header::kLogTool:
      out = "log";
      break;
    case Header::kSystem:
      out = "system";
      break;
    case Header::kNone:
      out = "none";
      break;
  }
  switch (line.emitter) {
    case Emitter::kUnknown:
      out += " ?";
      break;
    case Emitter::kSandbox:
      out += " sandbox";
      break;
    case Emitter::kOther:
      out += " other";
      break;
  }
  if (line.dated) out += " dated";
  if (line.ambiguous) out += " ambiguous";
  if (line.boot_log) out += " boot";
  if (line.in_backquotes) out += " backquotes";
  return out + (line.time_ns ? " @" + std::to_string(*line.time_ns / 1'000'000'000) : "") + "|" +
         std::string(line.message);
}

std::string Read(std::string_view text) {
  std::string scratch;
  return Show(ingest::ReadLogLine(text, scratch));
}

struct Example {
  std::string text;
  std::string reading;
};

}  // namespace

TEST_CASE("every header tells when and who, and leaves the message") {
  const std::vector<Example> examples = {
      // `log`, all text styles
      {"2026-01-01 00:00:00.000 E  kernel[0:4c663] (Sandbox) Sandbox: m",
       "log sandbox dated @1767225600|Sandbox: m"},
      {"2026-01-01 00:00:00.000 Df kernel[0:4c663] Sandbox: m", "log sandbox dated @1767225600|Sandbox: m"},
      {"2026-01-01 00:00:00.000 Df kernel[0:1] (Sandbox) [com.apple.sandbox.reporting:violation] m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000 E  sandboxd[321:9ab] [com.apple.sandbox.reporting:violation] m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000000+0000 0x1ef      Error       0x0                  0      0    kernel: "
       "(Sandbox) m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000000+0000 0x1ef      Error       0x0                  0      0    "
       "<Sandbox`report> kernel: "
       "(Sandbox) m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000000+0000 0x1ef      Error       0x0                  0    kernel: (Sandbox) m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000000+0000 0x1ef      Error       0x2f                 601    0    sandboxd: "
       "[a.b:c] m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000000+0000  localhost kernel[0]: (Sandbox) [a.b:c] m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01T00:00:00Z kernel[0]: (Sandbox) m", "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000 E  kernel[0:4c663] <Sandbox`report + 8> (Sandbox) [a.b:c] m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000 E  kernel[0:4c663] (Sandbox) <Sandbox`report> m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000000+0000  localhost kernel[0]: <Sandbox`report> (Sandbox) m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000000+0000  localhost kernel[0]: (Sandbox) <Sandbox`report> m",
       "log sandbox dated @1767225600|m"},
      {"2026-01-01 00:00:00.000 E  other[7:4c663] <kernel`report> (Sandbox) m",
       "log other dated @1767225600|m"},
      // somebody else
      {"2026-01-01 00:00:00.000 Df forger[612:4c663] (Sandbox) Sandbox: m",
       "log other dated @1767225600|Sandbox: m"},
      {"2026-01-01 00:00:00.000 Df kernel[612:4c663] (Sandbox) Sandbox: m",
       "log other dated @1767225600|Sandbox: m"},
      {"2026-01-01 00:00:00.000 Df x kernel[0:1] Sandbox: m", "log other dated @1767225600|Sandbox: m"},
      {"2026-01-01 00:00:00.000 Df kernel[0:1] (OtherKext) Sandbox: m",
       "log other dated @1767225600|Sandbox: m"},
      {"2026-01-01 00:00:00.000000+0000 0x1ef Error 0x0 77 0 kernel: (Sandbox) m",
       "log other dated @1767225600|m"},
      {"2026-01-01 00:00:00.000000+0000  localhost kernel[9]: (Sandbox) m", "log other dated @1767225600|m"},
      // a name that imitates a header
      {"2026-01-01 00:00:00.000 Df kernel[0:1] (Sandbox) Sandbox: x(1) deny(1) signal[612:4c663] (a) m",
       "log sandbox dated ambiguous @1767225600|Sandbox: x(1) deny(1) signal[612:4c663] (a) m"},
      // old syslog, sandboxd's spellings, iOS
      {"Jul  1 09:29:02 host kernel[0]: Sandbox: m", "system sandbox dated|Sandbox: m"},
      {"Jul  1 09:29:02 host sandboxd[129] ([312]): m", "system sandbox dated|m"},
      {"Jul  1 09:29:02 host sandboxd[129]([312]): m", "system sandbox dated|m"},
      {"sandboxd[129]: ([312]) m", "system sandbox|m"},
      {"sandboxd[129]: m", "system sandbox|m"},
      {"Jul  1 09:29:02 host other[129]: m", "system other dated|m"},
      {"Jul  1 09:29:02 phone kernel(Sandbox)[0] <Notice>: m", "system sandbox dated|m"},
      {"Jul  1 09:29:02 kernel(Sandbox)[0] <Error>: m", "system sandbox dated|m"},
      {"Jul  1 09:29:02 phone kernel[0] <Notice>: m", "system sandbox dated|m"},
      {"Jul  1 09:29:02 phone kernel(Other)[0] <Notice>: m", "system other dated|m"},
      // Console, in whatever language
      {"error\t14:21:33.302172 +0100\tkernel\tSandbox: m", "system sandbox|Sandbox: m"},
      {"Fehler\t14:21:33.302172 +0100\tkernel\tSandbox\tSandbox: m", "system sandbox|Sandbox: m"},
      {"par d\xC3\xA9"
       "faut\t14:21:33.302172+0100\tsandboxd\tSandbox: m",
       "system sandbox|Sandbox: m"},
      {"\xE9\x8C\xAF\xE8\xAA\xA4\t14:21:33.302172+0800\tkernel\tm", "system sandbox|m"},
      {"14:21:33.302172+0100\tkernel\tSandbox: m", "system sandbox|Sandbox: m"},
      {"error\t2026-01-01 00:00:00.302172 +0000\tkernel\tSandbox: m",
       "system sandbox dated @1767225600|Sandbox: m"},
      {"error\t14:21:33.302172 +0100\tSafari\tSandbox: m", "system other|Sandbox: m"},
      {"error\t14:21:33.302172 +0100\tkernel\tOtherKext\tSandbox: m", "system other|Sandbox: m"},
      {"12/19/15 9:45:14.000 PM kernel[0]: Sandbox: m", "system sandbox dated @1450561514|Sandbox: m"},
      {"12/19/15 9:45:14.000 PM\tkernel[0]\tSandbox: m", "system sandbox dated @1450561514|Sandbox: m"},
      {"19.12.15 21:45:14,555 kernel[0]: Sandbox: m", "system sandbox dated @1450561514|Sandbox: m"},
      {"19.12.2015 21.45.14,555 sandboxd[3]: ([9]) m", "system sandbox dated @1450561514|m"},
      {"19/12/2015 21:45:14,555 Safari[30]: m", "system other dated @1450561514|m"},
      // dmesg, clock only, no date
      {"[   12.407245]: Sandbox: m", "none ? boot|Sandbox: m"},
      {"22:25:49.487  m", "none ?|m"},
      {"kernel: (Sandbox) m", "system sandbox|m"},
      {"kernel[0]: m", "system sandbox|m"},
      {"(Sandbox) System Policy: m", "system sandbox|System Policy: m"},
      {"kernel [com.apple.sandbox.reporting:violation] System Policy: m", "system sandbox|System Policy: m"},
      {"sandboxd - Sandbox: m", "system sandbox|Sandbox: m"},
      // .ips
      {"  \"2026-01-01 00:00:00.1234 +0000   error 0x00649 0x0 sandboxd[102] (sandboxd): a \\/b\",",
       "system sandbox dated @1767225600|a /b"},
      {"  \"2026-01-01 00:00:00.1234 +0000   error 0x00649 0x0 sandboxd[102] (sandboxd): a \\/b...\"",
       "system sandbox dated ambiguous @1767225600|a /b..."},
      // marks of quotation
      {"> > Sandbox: m", "none ?|Sandbox: m"},
      {"  /// Sandbox: m", "none ?|Sandbox: m"},
      {"//! kernel[0]: m", "system sandbox|m"},
      {"- [x] Sandbox: m", "none ?|Sandbox: m"},
      {"> [...] Sandbox: m", "none ?|Sandbox: m"},
      {"; 2026-01-01 00:00:00.000000+0000  localhost kernel[0]: (Sandbox) m",
       "log sandbox dated @1767225600|m"},
      {"* `kernel: (Sandbox) deny m` and more", "system sandbox backquotes|deny m"},
      {"* `m` and `kernel: (Sandbox) deny m`", "none ?|`m` and `kernel: (Sandbox) deny m`"},
      {"_Sep 2 00:18:59 host sandboxd[2]: m_", "system sandbox dated|m"},
      // a line of a build server
      {"2026-01-01T00:00:00.1234567Z error: Sandbox: m", "none ? dated @1767225600|error: Sandbox: m"},
      {"anything else", "none ?|anything else"},
      {"", "none ?|"},
  };
  for (const Example& example : examples) {
    CAPTURE(example.text);
    CHECK(Read(example.text) == example.reading);
  }
}

namespace {

void Compare(const std::string& text, int& answered) {
  static ingest::PlainLineReader reader;
  ingest::LogLine plain;
  if (!reader.Read(text, plain)) return;
  ++answered;
  CAPTURE(text);
  CHECK(Show(plain) == Read(text));
}

}  // namespace

TEST_CASE("the path by hand agrees with the patterns on generated lines and what becomes of them") {
  test::LogGenerator generator(4);
  std::mt19937 random(4);
  const std::vector<std::string> pieces = {
      " ",          "  ",    "(",    "[",      "]",        "0",          ":",           "kernel[0:1] ",
      "(Sandbox) ", "+0200", "0x1 ", "Error ", "kernel: ", "localhost ", "kernel[0]: ", "S",
      "7",          "T",     "E"};
  int answered = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    generator.AppendCompact(text);
    text.pop_back();
    if (i % 3 == 1) text.replace(23, text.find("(Sandbox)") - 23, "+0200  localhost kernel[0]: ");
    if (i % 3 == 2)
      text.replace(23, text.find("(Sandbox)") - 23, "-0730 0x1f Error 0x0    0      0    kernel: ");
    const int before = answered;
    Compare(text, answered);
    CHECK(answered == before + 1);
    for (int step = 0; step < 4; ++step) {
      const std::size_t at = random() % std::min<std::size_t>(text.size(), 80);
      if (random() % 2 == 0)
        text.insert(at, pieces[random() % pieces.size()]);
      else
        text.replace(at, 1 + random() % 3, pieces[random() % pieces.size()]);
      Compare(text, answered);
    }
  }
  CHECK(answered > 20'000);
}

TEST_CASE("the path by hand agrees with the patterns on the recorded lines") {
  const auto path = test::SharedData("corpus/denials.tsv");
  if (!path) {
    MESSAGE("skipped: no corpus");
    return;
  }
  int answered = 0;
  for (const auto& row : test::ReadTsv(*path)) Compare(row[3], answered);
  CHECK(answered > 20);
}

}  // namespace sbtune
