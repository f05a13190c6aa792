// What can go wrong around the database, each with the real thing: one sentence, exit 1, and nothing lost.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "sql/store/import.h"
#include "sql/store/store.h"
#include "tests/cli/store_commands.h"
#include "tests/support/shared_data.h"

using namespace sbtune;
using namespace sbtune::test;

namespace {

constexpr const char* kLine =
    "2026-03-03 10:00:00.000 E  kernel[0:1] (Sandbox) Sandbox: cat(41) deny(1) file-read-data /etc/hosts\n";

void CheckFails(const CommandResult& result, const std::string& sentence) {
  CHECK(result.err == "sbtune: " + sentence + "\n");
  CHECK(result.out == "");
  CHECK(result.exit_code == 1);
}

void Overwrite(const std::string& path, std::size_t offset, std::string_view bytes) {
  std::string all = ReadFile(path);
  all.replace(offset, bytes.size(), bytes);
  WriteFile(path, all);
}

// The header of an SQLite file: user_version at 60, application_id at 68, both big-endian.
constexpr std::size_t kUserVersion = 60;
constexpr std::size_t kApplicationId = 68;

double SecondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Starts the program and kills it with SIGKILL after so many seconds, unless it has ended by itself. True: killed.
bool RunAndKill(const std::vector<std::string>& arguments, const std::string& folder, double seconds) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::vector<char*> words;
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    const int null = ::open("/dev/null", O_WRONLY);
    if (::chdir(folder.c_str()) != 0 || ::dup2(null, STDOUT_FILENO) < 0) ::_exit(127);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
  return WIFSIGNALED(status);
}

const std::vector<std::string> kSmallCommits = {"--commit-every-bytes", "8192"};

std::vector<std::string> ImportOf(const std::string& database, const std::string& log) {
  std::vector<std::string> arguments = {"import", "--db", database, log};
  arguments.insert(arguments.end(), kSmallCommits.begin(), kSmallCommits.end());
  return arguments;
}

}  // namespace

TEST_CASE("killed at any moment, the database opens again and another import completes the counts") {
  const StorePlace place;
  WriteFile(place / "a.log", SomeLog(1, 2500));
  double clean_seconds = SecondsOf([&] { REQUIRE(place.Run(ImportOf("clean.db", "a.log")).exit_code == 0); });
  const std::string expected = place.Everything("clean.db");
  std::mt19937 random(7);
  int killed = 0;
  int partial = 0;
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    std::vector<std::string> arguments = ImportOf("a.db", "a.log");
    arguments.insert(arguments.begin(), SBTUNE_PROGRAM);
    const double seconds = std::uniform_real_distribution<double>(0, clean_seconds)(random);
    if (RunAndKill(arguments, place.folder(), seconds)) ++killed;
    else clean_seconds *= 0.8;  // the machine was busier when it was measured
    const CommandResult stats = place.Run({"stats", "--db", "a.db", "--by", "operation"});
    const bool exists = std::filesystem::exists(place / "a.db");
    CHECK((stats.exit_code == 0 || !exists));
    const CommandResult again = place.Run(ImportOf("a.db", "a.log"));
    CHECK(again.err == "");
    REQUIRE(again.exit_code == 0);
    CHECK(place.Everything("a.db") == expected);
    const std::size_t known = again.out.find("already known");
    const std::string count = again.out.substr(known + 13, again.out.find('\n', known) - known - 13);
    partial += count.find_first_not_of(" 0") != std::string::npos && stats.out.size() > 60 ? 1 : 0;
    for (const char* name : {"a.db", "a.db-wal", "a.db-shm"}) std::filesystem::remove(place / name);
  }
  MESSAGE("killed " << killed << " of 50, " << partial << " with a part stored");
  CHECK(killed >= 20);
  CHECK(partial >= 5);
}

TEST_CASE("a pipe in the place of the database is an error, not a wait") {
  const StorePlace place;
  REQUIRE(::mkfifo((place / "a.db").c_str(), 0600) == 0);
  const CommandResult done = place.Run({"denials", "--db", "a.db"});
  CHECK(done.exit_code == 1);
  CHECK(done.err == "sbtune: a.db is a pipe or a socket, not a database; name another with --db\n");
}

TEST_CASE("a full disk ends the import with a sentence, keeps what was stored, and is made good by the next import") {
  const StorePlace place;
  WriteFile(place / "a.log", SomeLog(2, 2500));
  REQUIRE(place.Run(ImportOf("clean.db", "a.log")).exit_code == 0);
  const std::string expected = place.Everything("clean.db");
  for (const rlim_t limit : {0, 100, 5'000, 60'000, 150'000, 300'000}) {
    CAPTURE(limit);
    const CommandResult result = place.Run(ImportOf("a.db", "a.log"), {.folder = "", .input = "", .before_exec = [limit] {
                                                                         const struct rlimit sizes { limit, limit };
                                                                         ::setrlimit(RLIMIT_FSIZE, &sizes);
                                                                       }});
    // The limit holds for what the test collects, too.
    CHECK(result.err == std::string("sbtune: cannot write a.db: the disk is full or a limit is reached; what was stored "
                                    "before is kept, free some space and run the same command again\n")
                            .substr(0, limit));
    CHECK(result.out == "");
    CHECK(result.exit_code == 1);
    CHECK(place.Run(ImportOf("a.db", "a.log")).exit_code == 0);
    CHECK(place.Everything("a.db") == expected);
    for (const char* name : {"a.db", "a.db-wal", "a.db-shm"}) std::filesystem::remove(place / name);
  }
}

TEST_CASE("a newer schema and another program's database are left alone") {
  const StorePlace place;
  place.Import({"-"}, kLine);
  const std::string good = ReadFile(place / "a.db");
  Overwrite(place / "a.db", kUserVersion, std::string("\0\0\0\x63", 4));
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"import", "--db", "a.db", "-"}, {"denials", "--db", "a.db"}}) {
    const CommandResult result = place.Run(arguments, {.folder = "", .input = kLine});
    CHECK(result.exit_code == 1);
    CHECK(result.err.starts_with("sbtune: a.db was written by a newer sbtune (its schema is 99, this program knows "));
    CHECK(result.err.ends_with("); update sbtune, or name another file with --db\n"));
  }
  WriteFile(place / "a.db", good);
  Overwrite(place / "a.db", kApplicationId, "ELSE");
  const std::string other = ReadFile(place / "a.db");
  CheckFails(place.Run({"import", "--db", "a.db", "-"}, {.folder = "", .input = kLine}),
             "a.db is another program's database; name another file with --db");
  CHECK(ReadFile(place / "a.db") == other);
}

TEST_CASE("a file of random bytes is refused and not touched") {
  const StorePlace place;
  std::mt19937 random(8);
  std::string noise;
  for (int i = 0; i < 20'000; ++i) noise += static_cast<char>(random());
  WriteFile(place / "a.db", noise);
  const std::string sentence = "a.db is not an sbtune database; name another file with --db, or move this one away";
  CheckFails(place.Run({"import", "--db", "a.db", "-"}, {.folder = "", .input = kLine}), sentence);
  CheckFails(place.Run({"stats", "--db", "a.db", "--by", "hour"}), sentence);
  CHECK(ReadFile(place / "a.db") == noise);
}

TEST_CASE("a truncated or damaged database gives a sentence, whatever part is gone") {
  const StorePlace place;
  WriteFile(place / "a.log", SomeLog(3, 1500));
  place.Import({"a.log"});
  const std::string good = ReadFile(place / "a.db");
  std::mt19937 random(9);
  int noticed = 0;
  for (int i = 0; i < 24; ++i) {
    CAPTURE(i);
    std::string bad = good;
    if (i < 8) {
      bad.resize(good.size() * static_cast<std::size_t>(i + 1) / 10);
    } else {
      // A page overwritten with noise.
      const std::size_t page = 1 + random() % (good.size() / 8192 - 1);
      for (std::size_t at = page * 8192; at < (page + 1) * 8192; ++at) bad[at] = static_cast<char>(random());
    }
    WriteFile(place / "b.db", bad);
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"denials", "--db", "b.db"}, {"import", "--db", "b.db", "a.log"}}) {
      const CommandResult result = place.Run(arguments);
      // Damage in bytes that nobody had to read is not noticed; nothing else may happen.
      CHECK((result.exit_code == 0 || result.exit_code == 1));
      if (result.exit_code == 0) continue;
      ++noticed;
      CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
      const bool damaged = result.err.starts_with("sbtune: b.db is damaged (") &&
                           result.err.ends_with("); move it away and import the logs again\n");
      CHECK_MESSAGE((damaged || result.err == "sbtune: b.db is not an sbtune database; name another file with --db, or move this one away\n"),
                    result.err);
    }
    for (const char* name : {"b.db", "b.db-wal", "b.db-shm"}) std::filesystem::remove(place / name);
  }
  CHECK(noticed >= 20);
}

TEST_CASE("a folder that is read-only, missing, or a file gives a sentence") {
  const StorePlace place;
  CheckFails(place.Run({"import", "--db", "no/such/a.db", "-"}, {.folder = "", .input = kLine}),
             "cannot open no/such/a.db: No such file or directory; check that its folder exists and may be written, or "
             "name another file with --db");
  CheckFails(place.Run({"stats", "--by", "hour", "--db", "a.db"}),
             "cannot open a.db: No such file or directory; `sbtune import FILE` makes a database, --db names another one");
  CheckFails(place.Run({"import", "--db", ".", "-"}, {.folder = "", .input = kLine}),
             "cannot open .: Is a directory; check that its folder exists and may be written, or name another file with "
             "--db");

  // Root may write anywhere, so this is tried as nobody.
  place.Import({"-"}, kLine);
  std::filesystem::create_directory(place / "ro");
  std::filesystem::copy(place / "a.db", place / "ro/a.db");
  ::chmod((place / "ro/a.db").c_str(), 0644);
  ::chmod((place / "ro").c_str(), 0555);
  ::chmod(place.folder().c_str(), 0755);
  const auto as_nobody = [](const std::string& input) {
    return CommandOptions{.folder = "", .input = input, .before_exec = [] {
                            if (::getuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(127);
                          }};
  };
  if (place.Run({"--version"}, as_nobody("")).exit_code != 0) {
    MESSAGE("skipped: another user cannot run the program from where it was built");
    return;
  }
  CheckFails(place.Run({"import", "--db", "ro/new.db", "-"}, as_nobody(kLine)),
             "cannot open ro/new.db: Permission denied; check that its folder exists and may be written, or name another "
             "file with --db");
  const CommandResult existing = place.Run({"import", "--db", "ro/a.db", "-"}, as_nobody(kLine));
  CHECK(existing.exit_code == 1);
  CHECK(existing.err == "sbtune: cannot open ro/a.db: Permission denied; check that its folder exists and may be written, "
                        "or name another file with --db\n");
  // Reading needs no side files there.
  const CommandResult stats = place.Run({"stats", "--db", "ro/a.db", "--by", "operation", "--csv"}, as_nobody(""));
  CHECK(stats.err == "");
  CHECK(stats.out == "operation,count,duplicates,untrusted,ambiguous,text\nfile-read-data,1,0,0,0,1\n");
  ::chmod((place / "ro").c_str(), 0755);
}

TEST_CASE("an import waits for another writer, then says so; readers do not wait") {
  const StorePlace place;
  place.Import({"-"}, kLine);
  const std::string before = place.Everything();
  base::Result<store::Store> store = store::Store::OpenForWriting(place / "a.db");
  REQUIRE(store.has_value());
  store::Import import = store::Import::Into(*store, {.name = "other"}, "test", 0);
  store::Evidence evidence;
  evidence.Begin(1);
  access::RecordView record;
  record.kind = access::RecordKind::kDenial;
  record.process = "ls";
  record.operation = "process-fork";
  evidence.Add(record);
  std::vector<store::Entry> scratch;
  evidence.Seal(scratch);
  store::Evidence* const batch[] = {&evidence};
  REQUIRE(import.Add(batch).has_value());  // holds the write lock from here on
  const std::string line = "2026-03-04 10:00:00.000 E  kernel[0:1] (Sandbox) Sandbox: cat(41) deny(1) process-fork\n";
  CheckFails(place.Run({"import", "--db", "a.db", "-", "--wait", "0.2"}, {.folder = "", .input = line}),
             "a.db is being written by another program; wait until it is done and try again");
  CHECK(place.Everything() == before);
  REQUIRE(import.Commit().has_value());
  CHECK(place.Run({"import", "--db", "a.db", "-", "--wait", "0.2"}, {.folder = "", .input = line}).exit_code == 0);
  CHECK(place.Everything() != before);
}

TEST_CASE("files that are no logs are passed over with a sentence, the others are imported") {
  const StorePlace place;
  WriteFile(place / "a.log", kLine);
  WriteFile(place / "letter.txt", "Dear Ann,\nnothing was denied.\n");
  WriteFile(place / "b.log.gz", "\x1f\x8b\x08 and so on");
  WriteFile(place / "empty.log", "");
  const CommandResult result =
      place.Run({"import", "--db", "a.db", "--json", "letter.txt", "missing.log", "b.log.gz", "empty.log", "a.log"});
  CHECK(result.exit_code == 1);
  CHECK(result.err ==
        "sbtune: letter.txt holds no sandbox record and does not look like a log; nothing of it was stored, check that it "
        "is the right file\n"
        "sbtune: cannot open missing.log: No such file or directory; check the path and its permissions\n"
        "sbtune: b.log.gz is packed with gzip; unpack it: gzip -dc b.log.gz | sbtune …\n");
  CHECK(result.out.find("\"file\": \"a.log\"") != std::string::npos);
  CHECK(place.Run({"denials", "--db", "a.db", "--csv"}).out.find("/etc/hosts") != std::string::npos);
  CHECK(place.Run({"import", "--db", "b.db", "letter.txt"}).exit_code == 1);
  WriteFile(place / "c.log.xz", "\xFD" "7zXZ and so on");
  CHECK(place.Run({"import", "--db", "a.db", "c.log.xz"}).err ==
        "sbtune: c.log.xz is compressed; unpack it on the way in: gzip (bzip2, xz, zstd) -dc FILE | sbtune import -\n");
}

TEST_CASE("a file that is no log is no quiet log: commands that read captures say so") {
  const StorePlace place;
  WriteFile(place / "p.sb", "(version 1)\n(deny default)\n");
  WriteFile(place / "utf16.log", std::string("\xff\xfeS\0a\0n\0d\0b\0o\0x\0\n\0", 18));
  WriteFile(place / "quiet.log", "Filtering the log data using \"sender == \"Sandbox\"\"\n");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"suggest", "--profile", "p.sb", "--from"}, {"check", "--profile", "p.sb", "--against"},
        {"watch", "--from"}}) {
    CAPTURE(arguments.front());
    std::vector<std::string> wrong = arguments, quiet = arguments;
    wrong.push_back("utf16.log");
    quiet.push_back("quiet.log");
    const CommandResult refused = place.Run(wrong);
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.find("utf16.log holds no sandbox record and does not look like a log; check that it is the right "
                           "file\n") != std::string::npos);
    CHECK(place.Run(quiet).exit_code == 0);
  }
}
