#include "sql/store/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/descriptor.h"
#include "sql/store/database.h"
#include "sql/store/run.h"
#include "sql/store/schema.h"
#include "sql/store/views.h"

namespace sbtune::store {
namespace {

// SQLite gives its side files the mode of the database, so it is enough to make that one private. A file that is there
// is not opened: to close it would drop every lock that another connection of this process holds on it (POSIX), and
// the next program to leave would take the write-ahead log with it.
base::Status MakeFile(const std::string& path) {
  if (::access(path.c_str(), R_OK | W_OK) == 0) return {};
  if (errno == ENOENT) {
    const base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (file) return {};
  }
  return base::Fail(fmt::format(
      "cannot open {}: {}; check that its folder exists and may be written, or name another file with --db", path,
      std::strerror(errno)));
}

base::Status Prepare(Database& database) {
  // NORMAL: a power cut may lose the last transactions, but each as a whole; importing again brings them back.
  // Up to 16 MB of pages are kept; the write-ahead log is copied back whenever it has grown by 16 MB.
  return database.Execute(
      "PRAGMA page_size = 8192; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 2048;"
      "PRAGMA temp_store = FILE; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
}

base::Result<std::unique_ptr<Database>> OpenUpToDate(const std::string& path, OpenMode mode,
                                                     std::chrono::milliseconds wait) {
  base::Result<std::unique_ptr<Database>> database = Database::Open(path, mode, wait);
  if (!database) return database;
  base::Status done = Prepare(**database);
  if (done) done = BringUpToDate(**database);
  if (!done) return std::unexpected(done.error());
  return database;
}

}  // namespace

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

base::Result<std::string> DefaultPath(
    const std::function<std::optional<std::string>(const std::string&)>& environment) {
  if (const std::optional<std::string> chosen = environment("SBTUNE_DB"); chosen && !chosen->empty()) return *chosen;
  const std::optional<std::string> home = environment("HOME");
#ifdef __APPLE__
  const std::string below = "/Library/Application Support";
  const std::optional<std::string> state;
#else
  const std::string below = "/.local/state";
  const std::optional<std::string> state = environment("XDG_STATE_HOME");
#endif
  if (state && !state->empty()) return *state + "/sbtune/sbtune.db";
  if (!home || home->empty()) {
    return base::Fail("cannot tell where the database is: HOME is not set; name the file with --db");
  }
  return *home + below + "/sbtune/sbtune.db";
}

base::Result<Store> Store::OpenForWriting(const std::string& path, std::chrono::milliseconds wait) {
  if (base::Status made = MakeFile(path); !made) return std::unexpected(made.error());
  base::Result<std::unique_ptr<Database>> database = OpenUpToDate(path, OpenMode::kReadWrite, wait);
  if (!database) return std::unexpected(database.error());
  return Store(*std::move(database));
}

base::Result<Store> Store::OpenForReading(const std::string& path, std::chrono::milliseconds wait) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return base::Fail(fmt::format("cannot open {}: {}; `sbtune import FILE` makes a database, --db names another one",
                                  path, std::strerror(errno)));
  }
  // A reader in WAL mode needs to write the side files; where it may not, the file can be read as it lies,
  // provided that no log is waiting to be copied back.
  base::Result<std::unique_ptr<Database>> database = OpenUpToDate(path, OpenMode::kReadWrite, wait);
  if (!database && ::access(path.c_str(), R_OK) == 0 && ::access((path + "-wal").c_str(), F_OK) != 0) {
    base::Result<std::unique_ptr<Database>> frozen = OpenUpToDate(path, OpenMode::kImmutable, wait);
    if (frozen) database = std::move(frozen);
  }
  if (!database) return std::unexpected(database.error());
  if (base::Status done = (*database)->Execute("PRAGMA query_only = ON"); !done) {
    return std::unexpected(done.error());
  }
  return Store(*std::move(database));
}

const std::string& Store::path() const { return database_->path(); }

base::Status Store::VisitGroups(const Filter& filter, const std::function<void(const access::DenialGroup&)>& visit) {
  const base::Result<std::vector<access::DenialGroup>> groups = LoadGroups(*database_, filter);
  if (!groups) return std::unexpected(groups.error());
  for (const access::DenialGroup& group : *groups) visit(group);
  return {};
}

base::Result<std::vector<StatRow>> Store::Stats(Dimension dimension, const Filter& filter) {
  return LoadStats(*database_, dimension, filter);
}

base::Result<std::vector<Run>> Store::Runs() {
  base::Result<std::map<std::int64_t, Run>> by_id = LoadRuns(*database_);
  if (!by_id) return std::unexpected(by_id.error());
  std::vector<Run> runs;
  for (auto& [id, run] : *by_id) runs.push_back(std::move(run));
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) { return a.name < b.name; });
  return runs;
}

}  // namespace sbtune::store
