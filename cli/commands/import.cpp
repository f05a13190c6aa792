// `sbtune import`: captured logs into the store.
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/assignment.h"
#include "cli/commands.h"
#include "cli/database_option.h"
#include "cli/json_bytes.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/system_log_options.h"
#include "core/base/text.h"
#include "daemon/live/show.h"
#include "daemon/pipeline/import_log.h"

namespace sbtune::cli {
namespace {

struct ImportOptions {
  std::vector<std::string> files;
  SystemLogOptions system_log;
  DatabaseOptions database;
  std::string run;
  std::string program;
  std::string host;
  std::vector<std::string> parameters;
  bool json = false;
  std::size_t piece_bytes = 0;  // for tests: commits after every piece of that size; 0: as is best
};

constexpr const char* kFooter =
    "Reads every form that `sbtune parse` reads. A record that is met again, in the same file or in another capture\n"
    "of the same time, counts once; a line that stands twice in one capture counts twice. An import that was cut\n"
    "short is completed by running it again.\n"
    "\n"
    "A run is a stretch of work whose denials belong together: the more runs show a denial, the surer a suggestion.\n"
    "Without --run each file is a run of its own, named like the file.\n"
    "\n"
    "Instead of FILEs: --last 5m, --start T [--end T] or --archive X.logarchive read macOS's own log with `log show`\n"
    "(an administrator's account; the system keeps some days of it at best). TIMEs as for `sbtune denials`: without a\n"
    "zone they are UTC. The run is named after the beginning, or after the archive.\n"
    "  sbtune import --last 30m --run build\n"
    "  sbtune import --archive system_logs.logarchive --start 2026-03-03T14:00:00+01:00\n"
    "Exit status: 0 stored; 1 a source could not be read, or not to its end; 2 usage.\n"
    "\n"
    "The summary counts what was read; \"already known\" says how much of it was stored before. --json prints\n"
    "  {\"schema\": \"sbtune.import/1\", \"database\": PATH, \"files\": [{\"file\", \"run\", COUNTS}], \"total\": {COUNTS}}\n"
    "with COUNTS: records, denials, allows, duplicates (further occurrences that the log only counted),\n"
    "duplicate_records, reports, reports_merged (the same denial told a second time), untrusted, ambiguous,\n"
    "already_known, skipped (lines over 10 MiB), lines, bytes.\n";

struct FileSummary {
  std::string file;
  std::string run;
  pipeline::LogSummary log;
};

std::string RunNameOf(const std::string& file) {
  if (file == "-") return "stdin";
  const std::size_t slash = file.find_last_of('/');
  return slash == std::string::npos ? file : file.substr(slash + 1);
}

base::Result<store::Run> MakeRun(const ImportOptions& options, const std::string& name) {
  store::Run run{.name = options.run.empty() ? name : options.run};
  if (!options.program.empty()) run.program = options.program;
  if (!options.host.empty()) run.host = options.host;
  for (const std::string& text : options.parameters) {
    base::Result<std::pair<std::string, std::string>> parameter = SplitAssignment(text, "-D");
    if (!parameter) return std::unexpected(parameter.error());
    run.parameters[parameter->first] = parameter->second;
  }
  return run;
}

void Add(pipeline::LogSummary& sum, const pipeline::LogSummary& log) {
  sum.totals.read += log.totals.read;
  sum.totals.already_known += log.totals.already_known;
  sum.totals.reports_merged += log.totals.reports_merged;
  sum.lines += log.lines;
  sum.skipped += log.skipped;
  sum.bytes += log.bytes;
}

Json ToJson(const pipeline::LogSummary& log) {
  const store::RecordCounts& read = log.totals.read;
  return {{"records", read.records},
          {"denials", read.denials},
          {"allows", read.allows},
          {"duplicates", read.duplicates},
          {"duplicate_records", read.duplicate_records},
          {"reports", read.reports},
          {"reports_merged", log.totals.reports_merged},
          {"untrusted", read.untrusted},
          {"ambiguous", read.ambiguous},
          {"already_known", log.totals.already_known},
          {"skipped", log.skipped},
          {"lines", log.lines},
          {"bytes", log.bytes}};
}

std::string ToText(const pipeline::LogSummary& log) {
  const store::RecordCounts& read = log.totals.read;
  std::string out;
  const auto row = [&out](std::string_view what, std::uint64_t count, std::string_view note = "") {
    out += fmt::format("  {:<16}{:>14}{}{}\n", what, base::GroupDigits(count), note.empty() ? "" : "  ", note);
  };
  row("records", read.records);
  row("denials", read.denials);
  row("allows", read.allows);
  row("duplicates", read.duplicates, "further occurrences that the log only counted");
  row("reports", read.reports);
  row("reports merged", log.totals.reports_merged, "the same denial told a second time");
  row("untrusted", read.untrusted, read.untrusted > 0 ? "kept and marked, never used for suggestions" : "");
  row("ambiguous", read.ambiguous, read.ambiguous > 0 ? "kept and marked, never used for suggestions" : "");
  row("skipped", log.skipped, log.skipped > 0 ? "lines longer than 10 MiB" : "");
  row("already known", log.totals.already_known, log.totals.already_known > 0 ? "not counted again" : "");
  return out;
}

Exit PrintSummaries(const ImportOptions& options, const std::vector<FileSummary>& summaries, const std::string& path,
                    const Invocation& invocation) {
  pipeline::LogSummary total;
  for (const FileSummary& summary : summaries) Add(total, summary.log);
  if (options.json) {
    Json files = Json::array();
    for (const FileSummary& summary : summaries) {
      Json file;
      PutBytes(file, "file", summary.file);
      PutBytes(file, "run", summary.run);
      file.update(ToJson(summary.log));
      files.push_back(std::move(file));
    }
    Json object = {{"schema", "sbtune.import/1"}};
    PutBytes(object, "database", path);
    object["files"] = std::move(files);
    object["total"] = ToJson(total);
    return Print(invocation, object.dump(2) + "\n");
  }
  std::string text;
  for (const FileSummary& summary : summaries) {
    text += fmt::format("{} -> run {}\n", base::EscapeForTerminal(summary.file), base::EscapeForTerminal(summary.run));
    text += ToText(summary.log);
  }
  if (summaries.size() > 1) text += fmt::format("total of {} files\n", summaries.size()) + ToText(total);
  return Print(invocation, text);
}

// Stores what the reader brings. Errors are the database's, which ends it all, or the input's.
base::Result<pipeline::LogSummary> Store(const ImportOptions& options, const store::Run& run, const std::string& name,
                                         ingest::ChunkReader& reader, store::Store& store, std::FILE* talk) {
  const base::SystemClock clock;
  store::Import import = store::Import::Into(store, run, name, clock.WallNs());
  ProgressBar bar(talk, name, clock);
  const pipeline::ImportOptions pace =
      options.piece_bytes == 0 ? pipeline::ImportOptions{} : pipeline::ImportOptions{.batch_bytes = 1, .commit_ns = 0};
  return pipeline::ImportLog(reader, import, clock, pace, [&](const pipeline::ImportProgress& progress) {
    bar.Show(progress.bytes, progress.total_bytes, base::GroupDigits(progress.records) + " records");
  });
}

// Reads one file. A file that cannot be read is reported and passed over; a database that cannot be written ends
// it all.
base::Result<Exit> ImportFile(const ImportOptions& options, const std::string& file, store::Store& store,
                              std::vector<FileSummary>& summaries, const Invocation& invocation) {
  const base::Result<store::Run> run = MakeRun(options, RunNameOf(file));
  if (!run) return UsageError(invocation, run.error());
  base::Result<ingest::ChunkReader> reader = options.piece_bytes == 0
                                                 ? ingest::ChunkReader::Open(file)
                                                 : ingest::ChunkReader::Open(file, options.piece_bytes);
  if (!reader) return Fail(invocation, reader.error());
  const base::Result<pipeline::LogSummary> summary = Store(options, *run, file, *reader, store, invocation.err);
  if (!summary) return std::unexpected(summary.error());
  if (summary->kind == pipeline::InputKind::kNotALog) {
    return Fail(invocation, {fmt::format("{} holds no sandbox record and does not look like a log; nothing of it was "
                                         "stored, check that it is the right file", file)});
  }
  if (summary->kind == pipeline::InputKind::kCompressed) {
    return Fail(invocation, {fmt::format("{} is compressed; unpack it on the way in: gzip (bzip2, xz, zstd) -dc FILE | "
                                         "sbtune import -", file)});
  }
  summaries.push_back({file, run->name, *summary});
  return Exit::kDone;
}

// The same from `log show`. What it said before it failed is stored; that it failed is told.
base::Result<Exit> ImportSystemLog(const ImportOptions& options, const SystemLogRequest& request, store::Store& store,
                                   std::vector<FileSummary>& summaries, const Invocation& invocation) {
  const base::Result<store::Run> run = MakeRun(options, request.run);
  if (!run) return UsageError(invocation, run.error());
  base::SystemLauncher launcher;
  base::Result<live::ShowOutput> show = live::ShowOutput::Start(launcher, request.tool, request.range);
  if (!show) return Fail(invocation, show.error());
  ingest::ChunkReader reader = ingest::ChunkReader::FromDescriptor(show->TakeOutput(), request.title);
  const base::Result<pipeline::LogSummary> summary = Store(options, *run, request.title, reader, store, invocation.err);
  if (!summary) return std::unexpected(summary.error());
  summaries.push_back({request.title, run->name, *summary});
  const base::Result<live::ShowSummary> end = show->Finish();
  const char* const kAgain = "what it said before is stored, run the same command again to complete it";
  if (!end) return Fail(invocation, {fmt::format("{}; {}", end.error().message, kAgain)});
  if (!end->finished) return Fail(invocation, {fmt::format("log show ended without its last line; {}", kAgain)});
  if (end->losses > 0) {
    Tell(invocation, fmt::format("sbtune: the system itself lost messages in this time ({} marks); the counts are not complete\n",
               base::GroupDigits(end->losses)));
  }
  return Exit::kDone;
}

// Files, or the system's log.
base::Result<Exit> ImportOne(const ImportOptions& options, const std::optional<SystemLogRequest>& request,
                             const std::string& file, store::Store& store, std::vector<FileSummary>& summaries,
                             const Invocation& invocation) {
  return request ? ImportSystemLog(options, *request, store, summaries, invocation)
                 : ImportFile(options, file, store, summaries, invocation);
}

Exit RunImport(const ImportOptions& options, const Invocation& invocation) {
  std::vector<std::string> files = options.files;
  std::optional<SystemLogRequest> request;
  if (options.system_log.asked()) {
    if (!files.empty()) return UsageError(invocation, {"give FILEs, or --last, --start, --end, --archive, not both"});
    base::Result<SystemLogRequest> made = ToRequest(options.system_log, base::SystemClock().WallNs());
    if (!made) return UsageError(invocation, made.error());
    if (const base::Status may = MayShow(*made); !may) return Fail(invocation, may.error());
    request = *std::move(made);
    files = {""};
  }
  if (files.empty()) {
    return UsageError(invocation, {"import needs a FILE, - for standard input, or --last 5m for this Mac's own log"});
  }
  base::Result<store::Store> store = OpenDatabase(options.database, Purpose::kWrite);
  if (!store) return Fail(invocation, store.error());
  std::vector<FileSummary> summaries;
  Exit code = Exit::kDone;
  for (const std::string& file : files) {
    const base::Result<Exit> done = ImportOne(options, request, file, *store, summaries, invocation);
    if (!done) code = Fail(invocation, done.error());
    else if (*done != Exit::kDone) code = *done;
    if (!done || code == Exit::kUsage) break;
  }
  if (summaries.empty()) return code;
  const Exit printed = PrintSummaries(options, summaries, store->path(), invocation);
  return printed == Exit::kDone ? code : printed;
}

}  // namespace

void AddImport(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = app.add_subcommand("import", "Reads captured logs into the database");
  command->add_option("FILE", options->files, "Logs; - is standard input");
  AddSystemLogOptions(*command, options->system_log);
  AddDatabaseOption(*command, options->database);
  command->add_option("--run", options->run, "Name of the run to which the denials belong")->type_name("NAME");
  command->add_option("--program", options->program, "The program that the run is about")->type_name("NAME");
  command->add_option("--host", options->host, "The machine on which the log was captured")->type_name("NAME");
  command->add_option("-D", options->parameters, "A parameter of the run: CWD=/src, HOME=/Users/ann, …")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "The summary as one JSON object");
  command->add_option("--commit-every-bytes", options->piece_bytes)->group("");  // hidden: for tests
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return RunImport(*options, invocation); };
  });
}

}  // namespace sbtune::cli
