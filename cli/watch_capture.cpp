// Watching a captured log, or one that another program pipes in: `log stream --style ndjson | sbtune watch --from -`.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "cli/watch_lines.h"
#include "cli/watch_sources.h"
#include "core/base/descriptor.h"
#include "daemon/pipeline/input_kind.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kMaxHeld = 12u << 20;  // bytes of a line without end; the parser drops it and goes on
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

base::Status ReadFile(const std::string& path, base::SignalPipe& signals, Shower& shower, const WatchOutput& output) {
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
    if (!*more) return records == 0 && kind ? pipeline::CheckSilence(path, *kind) : base::Status();
    if (!kind) kind = pipeline::KindWithoutRecords(chunk.bytes);
    const std::vector<protocol::LiveRecord> parsed = parser.Parse(chunk);
    records += parsed.size();
    shower.Show(parsed);
  }
}

// Whole lines as soon as they are there. The descriptor is left blocking, and read only after poll: the terminal that
// may stand behind it is stdout's too, and the shell's afterwards.
base::Status ReadPipe(int descriptor, base::SignalPipe& signals, Shower& shower, const WatchOutput& output) {
  LineParser parser;
  std::string held;
  const auto take_lines = [&] {
    const std::size_t newline = held.rfind('\n');
    const std::size_t end = held.size() > kMaxHeld ? held.size() : newline == std::string::npos ? 0 : newline + 1;
    if (end == 0) return;
    shower.Show(parser.Parse(held.substr(0, end)));
    held.erase(0, end);
  };
  for (;;) {
    pollfd waits[2] = {{descriptor, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}};
    const int ready = ::poll(waits, 2, held.find('\n') == std::string::npos ? -1 : kIdleMs);
    if (waits[1].revents != 0 || output.closed()) return {};
    const base::ReadOutcome outcome =
        ready == 0 ? base::ReadOutcome::kNothingYet : base::ReadAvailable(descriptor, held, kReadBytes);
    if (ready == 0 || held.size() > 4 * kReadBytes) take_lines();
    if (outcome != base::ReadOutcome::kEnd) continue;
    if (!held.empty()) shower.Show(parser.Parse(held + "\n"));
    return {};
  }
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
