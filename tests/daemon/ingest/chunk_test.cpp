// Where chunks are cut never changes the records; over-long lines are dropped, counted, and still count as
// lines.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>

#include "tests/support/command.h"
#include "tests/support/log_generator.h"
#include "tests/support/parsed.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace sbtune {
namespace {

std::string AllRows() {
  const auto path = test::SharedData("corpus/denials.tsv");
  if (!path) return {};
  std::string text;
  const auto rows = test::ReadTsv(*path);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::string& raw = rows[i][3];
    for (std::size_t at = 0; at < raw.size(); ++at) {
      const bool escape =
          raw[at] == '\\' && at + 1 < raw.size() && (raw[at + 1] == 'n' || raw[at + 1] == 't');
      text += escape ? (raw[++at] == 'n' ? '\n' : '\t') : raw[at];
    }
    text += '\n';
  }
  return text;
}

void CheckSame(const test::ParsedText& whole, const test::ParsedText& cut) {
  CHECK(cut.totals.lines == whole.totals.lines);
  CHECK(cut.totals.records == whole.totals.records);
  CHECK(cut.totals.skipped == whole.totals.skipped);
  REQUIRE(cut.records.size() == whole.records.size());
  for (std::size_t i = 0; i < cut.records.size(); ++i) {
    if (cut.records[i] != whole.records[i]) CHECK(cut.records[i] == whole.records[i]);
  }
}

// Lines that begin, go on with, end or break records of every form.
const std::vector<std::string> kPieces = {
    "Sandbox: nano(9) deny(1) file-read-data /x\n",
    "Sandbox: nano(9) deny(1) file-read-data\n",
    "2026-01-01 00:00:00.000 E  kernel[0:1] (Sandbox) Sandbox: nano(9) deny(1) signal\n",
    "2026-01-01 00:00:00.000 E  sandboxd[10:1a] Sandbox: Two Words(501) deny(1) mach-lookup a.b\n",
    "Oct 11 01:02:03 macmini sandboxd[77] ([501]): nano(501) deny mach-lookup a.b.c\n",
    "error\t01:02:03.123456 +0100\tkernel\tSandbox: nano(9) deny(1) signal\n",
    "kernel: (Sandbox) Sandbox: nano(9) deny(1) file-issue-extension \n",
    "System Policy:\n",
    "  nano(9) deny(1) file-read-data\n",
    "TAG_1\n",
    "/x/y\n",
    "   /x/y\n",
    "\ttarget:/x\n",
    "extension-class:a.b\n",
    "\n",
    "  \n",
    "\r\n",
    "Violation:       deny(1) mach-lookup a.b\n",
    "Process:         Two Words [501]\n",
    "Thread 0 (id: 77):\n",
    "> Sandbox: Two Words(501) deny(1) mach-lookup a.b\n",
    "> Violation:       deny(1) mach-lookup a.b\n",
    "> MetaData: {\"target\":\n",
    "> \"c.d\"}\n",
    ">\n",
    "Sandbox: nano(9) deny(1)\n",
    "mach-lookup a.b\n",
    "kernel[0]: Sandbox: nano(9)\n",
    "  deny(1) signal\n",
    "\x1b[1mSandbox: nano(9) deny(1) file-read-data\x1b[0m\n",
    "0   libx.dylib   \t0x00007f start + 10\n",
    "MetaData: {\"operation\":\"mach-lookup\",\"target\":\"a.b\"}\n",
    "MetaData: {\n",
    "  \"operation\" : \"signal\",\n",
    "{\"eventMessage\":\"Sandbox: b(2) deny(1) signal\"}\n",
    "{\"eventMessage\":\"Sandbox: b(2) deny(1) signal\"},{\"eventMessage\":\"Sandbox: c(3) deny(1) "
    "signal\"}\n",
    "[{\n",
    "{\n",
    "},{\n",
    "  },\n",
    "  {\n",
    "}]\n",
    "  \"eventMessage\" : \"Sandbox: d(4) deny(1) signal\"\n",
    "  \"eventMessage\" : \"Sandbox: d(4) deny(1) signal\",\n",
    "  \"backtrace\" : {\"frames\" : [{\"a\" : 1}]},\n",
    "  \"processID\" : 0\n",
    "{\"eventMessage\":\"Sandbox: broken(5) deny(1) signal\n",
    "{\"eventMessage\":\"Sandbox: open(6) deny(1) signal\"\n",
    "prose that says deny and allow\n",
    "[   12.407245]: Sandbox: a(1) deny(1) mach-lookup s.tSandbox: b(2) deny(1) signal\n",
    "Sandbox: no line end(9) deny(1) signal",
};

}  // namespace

TEST_CASE("the recorded lines, joined, give the same records whatever the size of a chunk") {
  const std::string text = AllRows();
  if (text.empty()) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const test::ParsedText whole = test::ParseText(text, text.size() + 1);
  CHECK(whole.chunks == 1);
  for (const std::size_t size : {1, 2, 7, 64, 100, 333, 1000, 4096, 10'000}) {
    CAPTURE(size);
    CheckSame(whole, test::ParseText(text, size));
  }
}

TEST_CASE("lines of every form in any order give the same records whatever the size of a chunk") {
  std::mt19937 random(21);
  for (int round = 0; round < 3'000; ++round) {
    std::string text;
    for (int count = 1 + static_cast<int>(random() % 12); count > 0; --count)
      text += kPieces[random() % kPieces.size()];
    CAPTURE(text);
    const test::ParsedText whole = test::ParseText(text, text.size() + 1);
    const std::size_t size = 1 + random() % text.size();
    CAPTURE(size);
    CheckSame(whole, test::ParseText(text, size));
    CheckSame(whole, test::ParseText(text, 1));
  }
}

TEST_CASE("long generated logs give the same records in small chunks, whatever their style") {
  for (const int style : {0, 1, 2}) {
    test::LogGenerator generator(5);
    std::string text;
    for (int i = 0; i < 3'000; ++i) {
      if (style == 0)
        generator.AppendCompact(text);
      else if (style == 1)
        generator.AppendNdjson(text);
      else
        generator.AppendMessage(text), text += '\n';
    }
    const test::ParsedText whole = test::ParseText(text, text.size() + 1);
    CHECK(whole.records.size() == 3'000);
    const test::ParsedText cut = test::ParseText(text, 20'000);
    CHECK(cut.chunks > 5);
    CheckSame(whole, cut);
  }
}

TEST_CASE("an array printed over many lines is cut between its objects") {
  std::string text = "[";
  for (int i = 0; i < 2'000; ++i) {
    text += std::string(i == 0 ? "" : ",") + "{\n  \"eventMessage\" : \"Sandbox: n(" + std::to_string(i) +
            ") deny(1) signal\",\n  \"machTimestamp\" : " + std::to_string(i) + "\n}";
  }
  text += "]\n";
  const test::ParsedText whole = test::ParseText(text, text.size() + 1, ingest::OtherRecords::kSkip);
  CHECK(whole.records.size() == 2'000);
  const test::ParsedText cut = test::ParseText(text, 8'000, ingest::OtherRecords::kSkip);
  CHECK(cut.chunks > 10);
  CheckSame(whole, cut);
}

TEST_CASE("a line over 10 MiB is skipped and counted, and lines and offsets go on behind it") {
  const std::string event = "Sandbox: nano(9) deny(1) file-read-data /x\n";
  const std::string limit(ingest::kMaxLine, 'a');
  const std::string over = limit + "a\n";
  struct Example {
    std::string text;
    std::size_t events;
    std::uint64_t lines;
    std::uint64_t skipped;
  };
  const std::vector<Example> examples = {
      {event + over + event, 2, 3, 1},
      {event + limit + "\n" + event, 2, 3, 0},
      {over + over + event, 1, 3, 2},
      {event + limit + "a", 1, 2, 1},
      {"{\"eventMessage\":\"Sandbox: x(1) deny(1) signal\",\n" + over + event, 1, 3, 1},
      {"Sandbox: nano(9) deny(1) file-read-data\n" + over + "  /x\n" + event, 2, 4, 1},
  };
  for (const Example& example : examples) {
    const test::ParsedText whole =
        test::ParseText(example.text, example.text.size() + 1, ingest::OtherRecords::kSkip);
    CHECK(whole.records.size() == example.events);
    CHECK(whole.totals.lines == example.lines);
    CHECK(whole.totals.skipped == example.skipped);
    if (example.events > 0 && example.text.ends_with(event)) {
      CHECK(whole.records.back().line == example.lines);
      CHECK(whole.records.back().offset == example.text.size() - event.size());
    }
    CheckSame(whole, test::ParseText(example.text, 100'000, ingest::OtherRecords::kSkip));
  }
}

TEST_CASE("no bytes stop the reader") {
  const std::string event = "Sandbox: nano(9) deny(1) file-read-data /x\n";
  const std::vector<std::string> rubbish = {
      std::string(100'000, '\0'),
      std::string(100'000, '\n'),
      std::string(100'000, '{'),
      std::string(100'000, '['),
      std::string(100'000, '"'),
      std::string(100'000, '`'),
      std::string(100'000, '('),
      "deny" + std::string(100'000, ' '),
      "Sandbox: " + std::string(100'000, '('),
      "Sandbox: " + std::string(100'000, ' ') + "deny(1) signal",
      std::string(3'000, '>') + "deny",
      "\xFF\xFE\x00\x01 deny allow",
      "\r\r\r\n\r\n",
  };
  for (const std::string& bytes : rubbish) {
    const test::ParsedText parsed =
        test::ParseText(event + bytes + "\n" + event, 5'000, ingest::OtherRecords::kSkip);
    CHECK(parsed.records.size() == 2);
  }
  CHECK(test::ParseText("").records.empty());
  CHECK(test::ParseText("").totals.lines == 0);
  CHECK(test::ParseText("\n").totals.lines == 1);
  CHECK(test::ParseText("a").totals.lines == 1);
  CHECK(test::ParseText("a\nb").totals.lines == 2);
}

TEST_CASE("hostile lines take time that grows with their length only") {
  // Each of these took minutes wherever a step went over the rest of the line once for every piece of it.
  const std::vector<std::string> pieces = {
      "`Sandbox: nano(pid) deny(1) signal ",
      "'Sandbox: nano(pid) deny(1) signal ",
      "Sandbox: nano(pid) deny(1) signal  -- ",
      "{\"eventMessage\":\"Sandbox: nano(9) allow signal\"},",
      "(1) deny(1) signal ",
      "\"eventMessage\":{\"Sandbox: ",
      "[ 1.5]: Sandbox: a(1) deny(1) mach-lookup s.t",
      "**Sandbox: nano(pid) deny(1) signal",
      "<b>Sandbox: nano(pid) deny(1) signal ",
      "\x1b[1m",
      "\xC2\xA0"
      "deny ",
  };
  for (const std::string& piece : pieces) {
    for (const std::string& start : {std::string(), std::string("["), std::string("[ 1.5]: "),
                                     std::string("Sandbox: x(1) deny(1) file-read-data /")}) {
      std::string line = start;
      while (line.size() < 300'000) line += piece;
      CHECK(test::ParseText(line + "\n").totals.lines == 1);
    }
  }
}

TEST_CASE("hostile lines in a row take time that grows with their number only") {
  for (const std::string& lines : {
           std::string("  Sandbox: a(1) deny(1) signal\n  Process: x\n"),
           std::string("  a(1) deny(1) signal\n  Process: x\n  MetaData: {\n"),
           std::string("  a(1) deny(1) signal\n  Process: x\n\n"),
           std::string("Sandbox: a(1)\n"),
           std::string("Sandbox: a(1) deny(1)\n"),
       }) {
    std::string text;
    while (text.size() < 300'000) text += lines;
    CHECK(test::ParseText(text).totals.lines > 10'000);
  }
}

TEST_CASE("a file is read as its bytes are, and what is surely no log is refused with a way out") {
  const test::TempFolder folder;
  const std::string event = "Sandbox: nano(9) deny(1) file-read-data /x\n";
  test::WriteFile(folder / "log", event + event);
  auto reader = ingest::ChunkReader::Open(folder / "log");
  REQUIRE(reader.has_value());
  CHECK(reader->total_bytes() == 2 * event.size());
  ingest::Chunk chunk;
  CHECK(*reader->Next(chunk));
  CHECK(chunk.bytes == event + event);
  CHECK(reader->bytes_read() == 2 * event.size());
  CHECK_FALSE(*reader->Next(chunk));

  const auto refusal = [](const std::string& path) {
    return ingest::ChunkReader::Open(path).error().message;
  };
  CHECK(refusal(folder / "none") == "cannot open " + (folder / "none") +
                                        ": No such file or directory; check the path and its permissions");
  CHECK(refusal(folder.path()) == folder.path() + " is a folder; name a file in it");
  test::WriteFile(folder / "packed", "\x1f\x8b\x08 and so on");
  CHECK(refusal(folder / "packed") == (folder / "packed") + " is packed with gzip; unpack it: gzip -dc " +
                                          (folder / "packed") + " | sbtune …");
  test::WriteFile(folder / "system.logarchive/Info.plist", "");
  CHECK(refusal(folder / "system.logarchive") ==
        (folder / "system.logarchive") + " is a log archive; print it on a Mac with `log show --archive " +
            (folder / "system.logarchive") + " --style ndjson` and read that");
}

TEST_CASE("a pipe's records come as soon as they are there") {
  const test::TempFolder folder;
  const std::string path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const int keep_open = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(keep_open >= 0);
  auto reader = ingest::ChunkReader::Open(path);
  REQUIRE(reader.has_value());
  const std::string first = "{\"eventMessage\":\"Sandbox: a(1) deny(1) signal\"}\n";
  const std::string second =
      "Sandbox: b(2) deny(1) signal\n";  // a tag may follow: decided by what comes next
  REQUIRE(::write(keep_open, (first + second).data(), first.size() + second.size()) > 0);
  ingest::Chunk chunk;
  CHECK(*reader->Next(chunk));
  CHECK(chunk.bytes == first);
  REQUIRE(::write(keep_open, first.data(), first.size()) > 0);
  CHECK(*reader->Next(chunk));
  CHECK(chunk.bytes == second + first);
  ::close(keep_open);
  CHECK_FALSE(*reader->Next(chunk));
}

}  // namespace sbtune
