// Watching a captured log, or one that another program pipes in: `log stream --style ndjson | sbtune watch --from -`.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include <fmt/format.h>

#include "cli/watch_lines.h"
#include "cli/watch_sources.h"
#include "core/base/descriptor.h"
#include "daemon/pipeline/input_kind.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kMaxLine = 10u << 20;
// A record of several lines comes in one go; after such a pause what is there is taken for whole.
constexpr int kIdleMs = 15;

class Shower {
 public:
  Shower(const WatchOptions& options, WatchOutput& output) : options_(options), output_(output) {}
  void Show(const std::vector<protocol::LiveRecord>& records) {
    for (const protocol::LiveRecord& record : records) {
      const bool too_old = options_.since_ns && record.time_ns.value_or(*options_.since_ns) < *options_.since_ns;
      if (!too_old && options_.filter.Matches(record)) output_.Show(record);
    }
    output_.Flush();
  }

 private:
  const WatchOptions& options_;
  WatchOutput& output_;
};

void TellSkipped(std::uint64_t lines, WatchOutput& output) {
  if (lines > 0) output.Say(fmt::format("skipped {} line{} longer than 10 MiB", lines, lines == 1 ? "" : "s"));
}

// What a pipe brought and is no whole line yet. A line that grows too long is dropped up to its end, wherever the
// reads cut it: its tail is no record.
class HeldBytes {
 public:
  [[nodiscard]] std::string& bytes() { return bytes_; }
  [[nodiscard]] bool HasLine() const { return bytes_.find('\n') != std::string::npos; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  // All whole lines; the rest stays.
  std::string TakeLines() {
    if (dropping_) {
      const std::size_t newline = bytes_.find('\n');
      bytes_.erase(0, newline == std::string::npos ? newline : newline + 1);
      dropping_ = newline == std::string::npos;
    }
    const std::size_t newline = bytes_.rfind('\n');
    std::string lines = bytes_.substr(0, newline == std::string::npos ? 0 : newline + 1);
    bytes_.erase(0, lines.size());
    if (bytes_.size() > kMaxLine) {
      bytes_.clear();
      dropping_ = true;
      ++dropped_;
    }
    return lines;
  }
  // At the end of the input: the line without its end.
  std::string TakeRest() { return TakeLines() + (bytes_.empty() ? "" : std::move(bytes_) + "\n"); }

 private:
  std::string bytes_;
  bool dropping_ = false;
  std::uint64_t dropped_ = 0;
};

base::Status ReadFile(const std::string& path, base::SignalPipe& signals, Shower& shower, WatchOutput& output) {
  base::Result<ingest::ChunkReader> reader = ingest::ChunkReader::Open(path);
  if (!reader) return std::unexpected(reader.error());
  LineParser parser;
  ingest::Chunk chunk;
  std::optional<pipeline::InputKind> kind;
  std::size_t records = 0;
  for (;;) {
    pollfd stop = {signals.descriptor(), POLLIN, 0};
    if (::poll(&stop, 1, 0) > 0 || output.closed()) return {};
    const base::Result<bool> more = reader->Next(chunk);
    if (!more) return std::unexpected(more.error());
    if (!*more) {
      TellSkipped(parser.skipped(), output);
      return records == 0 && kind ? pipeline::CheckSilence(path, *kind) : base::Status();
    }
    if (!kind) kind = pipeline::KindWithoutRecords(chunk.bytes);
    const std::vector<protocol::LiveRecord> parsed = parser.Parse(chunk);
    records += parsed.size();
    shower.Show(parsed);
  }
}

// Whole lines as soon as they are there. The descriptor is left blocking, and read only after poll: the terminal that
// may stand behind it is stdout's too, and the shell's afterwards.
base::Status ReadPipe(int descriptor, base::SignalPipe& signals, Shower& shower, WatchOutput& output) {
  LineParser parser;
  HeldBytes held;
  for (;;) {
    pollfd waits[2] = {{descriptor, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}};
    const int ready = ::poll(waits, 2, held.HasLine() ? kIdleMs : -1);
    if (waits[1].revents != 0 || output.closed()) break;
    const base::ReadOutcome outcome =
        ready == 0 ? base::ReadOutcome::kNothingYet : base::ReadAvailable(descriptor, held.bytes(), kReadBytes);
    if (ready == 0 || held.bytes().size() > 4 * kReadBytes) shower.Show(parser.Parse(held.TakeLines()));
    if (outcome == base::ReadOutcome::kEnd) {
      shower.Show(parser.Parse(held.TakeRest()));
      break;
    }
  }
  TellSkipped(parser.skipped() + held.dropped(), output);
  return {};
}

bool IsRegular(const std::string& path) {
  struct stat status {};
  return path != "-" ? ::stat(path.c_str(), &status) != 0 || !S_ISFIFO(status.st_mode)
                     : ::fstat(STDIN_FILENO, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

base::Status WatchCapture(const std::string& path, const WatchOptions& options, base::SignalPipe& signals,
                          WatchOutput& output) {
  Shower shower(options, output);
  if (IsRegular(path)) return ReadFile(path, signals, shower, output);
  if (path == "-") return ReadPipe(STDIN_FILENO, signals, shower, output);
  const base::Descriptor pipe(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!pipe) return base::Fail("cannot open " + path + "; check the path and its permissions");
  return ReadPipe(pipe.get(), signals, shower, output);
}

}  // namespace sbtune::cli
