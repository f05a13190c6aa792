// How fast a log gets into the database, beside what people do today with the same file on the same machine in the
// same minute: grep | sort | uniq -c, and a bare scan for line ends.
//
//   import_bench [--lines N] [--fresh F] [--runs R] [FILE]
//
// Without FILE a compact log of N lines (5,000,000) is made, in which F of a thousand (10) records are about
// something new. Every figure is the median of R runs (5), the contestants taking turns; time is wall clock and, for
// machines that do other things too, processor time of all threads.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/ingest/chunk.h"
#include "tests/support/log_generator.h"

namespace {

namespace fs = std::filesystem;
using namespace sbtune;

struct Measured {
  double wall = 0;
  double processor = 0;
  double megabytes = 0;
};

struct Contestant {
  std::string name;
  std::function<void()> prepare;
  std::function<int()> work;  // in a process of its own; its exit code
  std::vector<Measured> runs = {};
};

double Seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

Measured Measure(const std::function<int()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  if (status != 0) {
    std::fputs("import_bench: a contestant failed\n", stderr);
    std::exit(1);
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return {wall.count(), Seconds(usage.ru_utime) + Seconds(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024};
}

int Execute(const std::vector<std::string>& arguments) {
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const int null = ::open("/dev/null", O_WRONLY);
  ::dup2(null, STDOUT_FILENO);
  ::execvp(words[0], words.data());
  return 127;
}

int ScanLines(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  std::vector<char> block(1u << 20);
  std::size_t lines = 0;
  for (ssize_t got = 0; (got = ::read(file, block.data(), block.size())) > 0;) {
    const char* at = block.data();
    const char* const end = at + got;
    while ((at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) != nullptr) {
      ++lines;
      if (++at == end) break;
    }
  }
  return lines > 0 ? 0 : 1;
}

int ParseOnly(const std::string& path) {
  class Counting final : public ingest::RecordSink {
   public:
    void OnRecord(const access::RecordView& record) override { sum += record.identity_low; }
    std::uint64_t sum = 0;
  };
  auto reader = ingest::ChunkReader::Open(path);
  ingest::ChunkParser parser;
  ingest::Chunk chunk;
  Counting sink;
  while (*reader->Next(chunk)) parser.Parse(chunk, sink);
  return sink.sum != 0 ? 0 : 1;
}

void MakeLog(const std::string& path, std::uint64_t lines, std::uint64_t fresh) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  test::LogGenerator generator(1, fresh);
  std::string block;
  for (std::uint64_t i = 0; i < lines; ++i) {
    generator.AppendCompact(block);
    if (block.size() < (1u << 20) && i + 1 < lines) continue;
    std::fwrite(block.data(), 1, block.size(), file);
    block.clear();
  }
  std::fclose(file);
}

Measured Median(std::vector<Measured> runs) {
  const auto middle = [&runs](double Measured::*figure) {
    std::sort(runs.begin(), runs.end(), [figure](const Measured& a, const Measured& b) { return a.*figure < b.*figure; });
    return runs[runs.size() / 2].*figure;
  };
  return {middle(&Measured::wall), middle(&Measured::processor), middle(&Measured::megabytes)};
}

void PrintTable(const std::vector<Contestant>& contestants) {
  const double grep = Median(contestants[0].runs).wall;
  fmt::print("{:<34}{:>10}{:>12}{:>12}{:>14}\n", "", "wall s", "processor s", "memory MB", "times as fast");
  for (const Contestant& contestant : contestants) {
    const Measured median = Median(contestant.runs);
    fmt::print("{:<34}{:>10.3f}{:>12.3f}{:>12.1f}{:>14.1f}\n", contestant.name, median.wall, median.processor,
               median.megabytes, grep / median.wall);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t lines = 5'000'000;
  std::uint64_t fresh = 10;
  int runs = 5;
  std::string file;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--lines" && i + 1 < argc) lines = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--fresh" && i + 1 < argc) fresh = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--runs" && i + 1 < argc) runs = std::max(1, std::atoi(argv[++i]));
    else file = word;
  }
  std::string folder = (fs::temp_directory_path() / "sbtune-bench.XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  if (file.empty()) {
    file = folder + "/made.log";
    MakeLog(file, lines, fresh);
  }
  const std::string database = folder + "/bench.db";
  const auto nothing = [] {};
  const auto forget = [&] {
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(database + suffix);
  };
  const auto sbtune = [&](std::vector<std::string> words) {
    words.insert(words.begin(), SBTUNE_PROGRAM);
    words.insert(words.end(), {"--db", database});
    return [words] { return Execute(words); };
  };
  const std::string grep = "LC_ALL=C grep -oE 'deny\\(1\\) [^ ]+' '" + file + "' | sort | uniq -c";
  std::vector<Contestant> contestants = {
      {"grep | sort | uniq -c", nothing, [&] { return Execute({"sh", "-c", grep}); }},
      {"newline scan", nothing, [&] { return ScanLines(file); }},
      {"parse only, one core", nothing, [&] { return ParseOnly(file); }},
      {"sbtune import, fresh database", forget, sbtune({"import", file})},
      {"sbtune import, the same again", nothing, sbtune({"import", file})},
      {"sbtune stats --by operation", nothing, sbtune({"stats", "--by", "operation"})},
      {"sbtune stats --by hour", nothing, sbtune({"stats", "--by", "hour"})},
      {"sbtune denials --top 20", nothing, sbtune({"denials", "--top", "20"})},
  };
  for (int i = 0; i < runs; ++i) {
    for (Contestant& contestant : contestants) {
      contestant.prepare();
      contestant.runs.push_back(Measure(contestant.work));
    }
  }
  fmt::print("{}: {:.1f} MB, {} runs\n", fs::path(file).filename().string(), static_cast<double>(fs::file_size(file)) / 1e6,
             runs);
  PrintTable(contestants);
  fmt::print("database: {:.1f} MB\n", static_cast<double>(fs::file_size(database)) / 1e6);
  fs::remove_all(folder);
  return 0;
}
