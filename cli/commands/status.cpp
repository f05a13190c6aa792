// `sbtune status`: how the daemon does, and what may be missing from what it stored.
#include <algorithm>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/daemon_access.h"
#include "cli/output.h"
#include "cli/status_view.h"
#include "core/base/clock.h"
#include "daemon/protocol/connection.h"
#include "sql/store/store.h"

namespace sbtune::cli {
namespace {

struct Options {
  DaemonOptions daemon;
  bool json = false;
};

constexpr std::int64_t kAnswerNs = 5 * base::kSecondNs;
constexpr int kLookedAt = 1000;
constexpr std::size_t kShown = 20;

constexpr const char* kFooter =
    "Exit status: 0 live; 3 degraded or unavailable; 1 not running.\n"
    "A gap is a stretch of time in which the live log may have lost records. \"backfilled\" means that `log show` was\n"
    "asked for it again and gave what it still had; every other gap may hide records.\n"
    "--json prints {\"schema\": \"sbtune.status/1\", \"running\", \"database\", \"database_bytes\",\n\"cursor\": {\"time\", \"age_s\"},\n"
    "\"gaps\": {\"counts\": [{\"repair\", \"gaps\", \"lost_lines\"}], \"open\": [{\"from\", \"to\", \"reason\", \"repair\",\n"
    "\"lost_lines\"}]}, \"daemon\": what the daemon says of itself, or null, \"error\" and\n"
    "\"daemon_error\": why the database or the daemon does not answer, or null}.\n";

std::uint64_t SizeOf(const std::string& path) {
  std::error_code absent;
  const std::uintmax_t size = std::filesystem::file_size(path, absent);
  return absent ? 0 : size;
}

base::Status ReadDatabase(StatusFacts& facts) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(facts.database, ignored))) {
    return base::Fail("there is no " + facts.database + " yet; sbtuned makes it when it starts");
  }
  base::Result<store::Store> store = store::Store::OpenForReading(facts.database);
  if (!store) return std::unexpected(store.error());
  store::LiveBook book(*store, "log");
  const auto cursor = book.LoadCursor();
  if (!cursor) return std::unexpected(cursor.error());
  const auto counts = book.CountGaps();
  if (!counts) return std::unexpected(counts.error());
  auto gaps = book.GapsSince(0, kLookedAt);
  if (!gaps) return std::unexpected(gaps.error());
  std::erase_if(*gaps, [](const store::StoredGap& gap) { return gap.repair == "backfilled"; });
  if (gaps->size() > kShown) gaps->resize(kShown);
  facts.cursor = *cursor;
  facts.gap_counts = *counts;
  facts.gaps = *std::move(gaps);
  return {};
}

Exit Run(const Options& options, const Invocation& invocation) {
  const base::Result<config::Config> config = DaemonConfig(options.daemon);
  if (!config) return Fail(invocation, config.error());
  StatusFacts facts;
  facts.database = config->database;
  facts.database_bytes = SizeOf(config->database) + SizeOf(config->database + "-wal");
  facts.now_ns = base::SystemClock().WallNs();
  base::Result<protocol::Connection> daemon = protocol::Connection::Open(config->socket);
  if (daemon) {
    base::Result<protocol::Reply> reply =
        daemon->Ask({.id = 1, .method = protocol::Method::kStatus, .filter = {}}, kAnswerNs);
    if (reply) facts.daemon_json = reply->result;
    if (!reply) facts.daemon_error = reply.error().message;
  } else {
    facts.daemon_error = daemon.error().message;
  }
  if (const base::Status read = ReadDatabase(facts); !read) facts.database_error = read.error().message;
  if (const Exit printed = Print(invocation, options.json ? StatusJson(facts) : StatusText(facts)); printed != Exit::kDone) {
    return printed;
  }
  switch (HealthOf(facts)) {
    case Health::kGood: return Exit::kDone;
    case Health::kDegraded: return Exit::kFound;
    case Health::kNotRunning: return Fail(invocation, {facts.daemon_error});
  }
  return Exit::kFailed;
}

}  // namespace

void AddStatus(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("status", "How sbtuned does, and what may be missing from what it stored.");
  command->add_flag("--json", options->json, "One JSON object");
  AddDaemonOptions(*command, options->daemon);
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
