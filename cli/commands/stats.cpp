// `sbtune stats`: counts by operation, process, target or hour.
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/database_option.h"
#include "cli/filter_options.h"
#include "cli/json_bytes.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/times.h"
#include "core/base/clock.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

using store::Dimension;
using store::StatRow;

struct StatsOptions {
  DatabaseOptions database;
  FilterOptions filter;
  OutputOptions output;
  std::string by;
  std::uint64_t top = 0;
};

const std::map<std::string, Dimension> kDimensions = {{"operation", Dimension::kOperation},
                                                      {"process", Dimension::kProcess},
                                                      {"target", Dimension::kTarget},
                                                      {"hour", Dimension::kHour}};

constexpr const char* kJsonHelp =
    "\n"
    "UNTRUSTED and AMBIGUOUS are parts of COUNT: records of unproven origin, or with more than one reading; neither is\n"
    "used for suggestions. TEXT is one too: records of text logs, which prove no origin, used because you handed them\n"
    "over. DUPLICATES come on top: further occurrences that the kernel only counted.\n"
    "\n"
    "--json prints {\"schema\": \"sbtune.stats/1\", \"by\": DIMENSION, \"rows\": [ROW]}, each ROW with value (an hour as\n"
    "UTC time; null: no target, no time), count, duplicates, untrusted, ambiguous, text. Bytes that are not UTF-8 are\n"
    "shown as U+FFFD; then value_hex holds all of them.\n";

std::optional<std::string> ValueOf(const StatRow& row) {
  if (row.hour_ns) return FormatTime(*row.hour_ns);
  return row.value;
}

Json ToJson(const StatRow& row) {
  Json object;
  PutBytes(object, "value", ValueOf(row));
  object["count"] = row.count;
  object["duplicates"] = row.duplicates;
  object["untrusted"] = row.untrusted;
  object["ambiguous"] = row.ambiguous;
  object["text"] = row.text;
  return object;
}

Exit PrintJson(const Invocation& invocation, const std::string& by, const std::vector<StatRow>& rows) {
  const bool ascii = IsTerminal(invocation.out);
  Exit code = Print(invocation, fmt::format("{{\"schema\": \"sbtune.stats/1\", \"by\": \"{}\", \"rows\": [", by));
  for (std::size_t i = 0; i < rows.size() && code == Exit::kDone; ++i) {
    code = Print(invocation, (i == 0 ? "\n" : ",\n") + ToJson(rows[i]).dump(-1, ' ', ascii));
  }
  return code == Exit::kDone ? Print(invocation, "\n]}\n") : code;
}

render::Table MakeTable(const std::string& by, const OutputOptions& output) {
  using render::Align;
  if (output.csv) return render::Table({{by}, {"count"}, {"duplicates"}, {"untrusted"}, {"ambiguous"}, {"text"}});
  const std::map<std::string, std::string> titles = {{"operation", "OPERATION"}, {"process", "PROCESS"},
                                                     {"target", "TARGET"}, {"hour", "HOUR (UTC)"}};
  return render::Table({{"COUNT", Align::kRight}, {"DUPLICATES", Align::kRight}, {"UNTRUSTED", Align::kRight},
                        {"AMBIGUOUS", Align::kRight}, {"TEXT", Align::kRight}, {titles.at(by)}});
}

std::vector<std::string> ToRow(const StatRow& row, const OutputOptions& output) {
  if (output.csv) {
    return {ValueOf(row).value_or(""), std::to_string(row.count), std::to_string(row.duplicates),
            std::to_string(row.untrusted), std::to_string(row.ambiguous), std::to_string(row.text)};
  }
  const std::string value = row.hour_ns ? FormatSeconds(row.hour_ns).substr(0, 16) : ValueOf(row).value_or("-");
  return {base::GroupDigits(row.count), base::GroupDigits(row.duplicates), base::GroupDigits(row.untrusted),
          base::GroupDigits(row.ambiguous), base::GroupDigits(row.text), value};
}

Exit RunStats(const StatsOptions& options, const Invocation& invocation) {
  const base::Result<store::Filter> filter = ToFilter(options.filter, base::SystemClock().WallNs());
  if (!filter) return UsageError(invocation, filter.error());
  base::Result<store::Store> store = OpenDatabase(options.database, Purpose::kRead);
  if (!store) return Fail(invocation, store.error());
  base::Result<std::vector<StatRow>> rows = store->Stats(kDimensions.at(options.by), *filter);
  if (!rows) return Fail(invocation, rows.error());
  if (options.top > 0 && rows->size() > options.top) {
    // Hours are in time order: the last ones are the news.
    if (options.by == "hour") rows->erase(rows->begin(), rows->end() - static_cast<std::ptrdiff_t>(options.top));
    rows->resize(options.top);
  }
  if (options.output.json) return PrintJson(invocation, options.by, *rows);
  render::Table table = MakeTable(options.by, options.output);
  for (const StatRow& row : *rows) table.Add(ToRow(row, options.output));
  return PrintTable(invocation, options.output, table);
}

}  // namespace

void AddStats(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<StatsOptions>();
  CLI::App* command = app.add_subcommand("stats", "Counts denials by operation, process, target or hour");
  command->add_option("--by", options->by, "operation, process, target or hour")
      ->required()
      ->check(CLI::IsMember({"operation", "process", "target", "hour"}));
  AddDatabaseOption(*command, options->database);
  AddFilterOptions(*command, options->filter);
  AddTopOption(*command, options->top, "Only the N most frequent, or the last N hours (0: all)");
  AddOutputOptions(*command, options->output);
  command->footer(std::string(kGlobHelp) + kFilterHelp + kJsonHelp);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return RunStats(*options, invocation); };
  });
}

}  // namespace sbtune::cli
