#include "cli/database_option.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/daemon_access.h"

namespace sbtune::cli {
namespace {

std::optional<std::string> Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

base::Status MakeFolderOf(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) continue;
    struct stat status {};
    if (::stat(folder.c_str(), &status) == 0) continue;  // there, on a file system that refuses mkdir first
    return base::Fail(fmt::format("cannot make the folder {}: {}; name another database with --db", folder,
                                  std::strerror(errno)));
  }
  return {};
}

// What the daemon writes, where a configuration has put it elsewhere.
base::Result<std::string> UsualPath() {
  base::Result<std::string> usual = store::DefaultPath(Environment);
  if (!usual || Environment("SBTUNE_DB").value_or("") != "") return usual;
  base::Result<config::Config> config = DaemonConfig({});
  if (!config) return base::Fail(config.error().message + "; or name the database with --db");
  return config->database;
}

}  // namespace

void AddDatabaseOption(CLI::App& command, DatabaseOptions& options) {
  command.add_option("--db", options.path, "The database (default: $SBTUNE_DB, else the one of sbtuned's configuration)")
      ->type_name("PATH");
  command.add_option("--wait", options.wait_seconds, "How long to wait for another program that writes")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 3600.0));
}

base::Result<store::Store> OpenDatabase(const DatabaseOptions& options, Purpose purpose) {
  std::string path = options.path;
  if (path.empty()) {
    base::Result<std::string> usual = UsualPath();
    if (!usual) return std::unexpected(usual.error());
    path = *std::move(usual);
    if (purpose == Purpose::kWrite) {
      if (base::Status made = MakeFolderOf(path); !made) return std::unexpected(made.error());
    }
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
    return base::Fail(fmt::format("{} is a pipe or a socket, not a database; name another with --db", path));  // opening would wait
  }
  const auto wait = std::chrono::milliseconds(static_cast<std::int64_t>(options.wait_seconds * 1000));
  return purpose == Purpose::kRead ? store::Store::OpenForReading(path, wait)
                                   : store::Store::OpenForWriting(path, wait);
}

}  // namespace sbtune::cli
