#include "cli/system_log_options.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/times.h"
#include "daemon/live/preflight.h"

namespace sbtune::cli {
namespace {

base::Status ReadTime(const std::string& text, const char* option, std::int64_t now_ns, std::int64_t& time_ns) {
  if (text.empty()) return {};
  const base::Result<std::int64_t> time = ParseTime(text, now_ns, option);
  if (!time) return std::unexpected(time.error());
  time_ns = *time;
  return {};
}

// "2026-03-03T14:05:06Z"
std::string Name(std::int64_t time_ns) {
  std::string text = FormatSeconds(time_ns) + "Z";
  text[10] = 'T';
  return text;
}

std::string BaseName(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

void AddSystemLogOptions(CLI::App& command, SystemLogOptions& options) {
  CLI::Option* const last = command.add_option("--last", options.last, "This Mac's log of the last so long (5m, 2h, 1d)");
  last->type_name("DURATION");
  command.add_option("--start", options.start, "This Mac's log, or the archive, from then on")->type_name("TIME")->excludes(last);
  command.add_option("--end", options.end, "… up to then")->type_name("TIME")->excludes(last);
  command.add_option("--archive", options.archive, "A log archive that `log collect` made (macOS)")->type_name("FOLDER");
  AddDaemonOptions(command, options.daemon);
}

base::Result<SystemLogRequest> ToRequest(const SystemLogOptions& options, std::int64_t now_ns) {
  const base::Result<config::Config> config = DaemonConfig(options.daemon);
  if (!config) return std::unexpected(config.error());
  SystemLogRequest request{.tool = {config->tool, config->level}, .range = {.archive = options.archive}, .run = "", .title = "log show"};
  live::ShowRange& range = request.range;
  base::Status read = ReadTime(options.last, "--last", now_ns, range.from_ns);
  if (read) read = ReadTime(options.start, "--start", now_ns, range.from_ns);
  if (read) read = ReadTime(options.end, "--end", now_ns, range.to_ns);
  if (!read) return std::unexpected(read.error());
  if (range.to_ns != 0 && range.to_ns <= range.from_ns) return base::Fail("--end is not after --start; give them the other way round");
  if (range.from_ns == 0 && options.archive.empty()) return base::Fail("--end needs --start, or everything this Mac still has would be read");
  if (!options.archive.empty()) request.title += " --archive " + options.archive;
  if (range.from_ns != 0) request.title += " --start " + Name(range.from_ns);
  if (range.to_ns != 0) request.title += " --end " + Name(range.to_ns);
  request.run = options.archive.empty() ? "log-" + Name(range.from_ns) : BaseName(options.archive);
  return request;
}

base::Status MayShow(const SystemLogRequest& request) {
  const live::PreflightFacts facts = live::Inspect(request.tool);
  if (!facts.exists) {
    return base::Fail(fmt::format("{} is not there: --last, --start, --end and --archive need macOS; elsewhere, import "
                                  "what `log show --style ndjson` printed on a Mac", facts.tool));
  }
  struct stat status {};
  if (!request.range.archive.empty() && ::stat(request.range.archive.c_str(), &status) != 0) {
    return base::Fail(fmt::format("there is no {}; name the folder that `log collect` made", request.range.archive));
  }
  std::optional<live::Failure> failure = live::JudgeTool(facts);
  if (!failure) failure = live::JudgeSandbox(facts);
  // Whether an archive needs an administrator too is not documented; the tool itself will say.
  if (!failure && request.range.archive.empty()) failure = live::JudgeAccount(facts);
  if (failure) return base::Fail(failure->reason);
  return {};
}

}  // namespace sbtune::cli
