// `sbtune denials`: the groups of the store, most frequent first.
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

using access::DenialGroup;

struct DenialsOptions {
  DatabaseOptions database;
  FilterOptions filter;
  OutputOptions output;
  std::uint64_t top = 0;
};

constexpr const char* kJsonHelp =
    "\n"
    "FROM tells how far the origin is proven: kernel, sandboxd, text (a text log carries no proof), untrusted (a\n"
    "structured record that neither wrote). FLAGS: ambiguous (more than one reading), policy (platform policy: no\n"
    "profile can change it). Untrusted and ambiguous denials are never used for suggestions.\n"
    "\n"
    "--json prints {\"schema\": \"sbtune.denials/1\", \"groups\": [GROUP]}, each GROUP with process, operation, target\n"
    "(null: none), action, provenance, platform_policy, ambiguous, tag, runs, hosts, count, duplicates, first_seen,\n"
    "last_seen (UTC; null: no record had a time). Bytes that are not UTF-8 are shown as U+FFFD; then KEY_hex holds\n"
    "all bytes of KEY.\n";

std::string Flags(const DenialGroup& group) {
  std::string flags;
  const auto add = [&flags](std::string_view flag) { flags += (flags.empty() ? "" : ",") + std::string(flag); };
  if (group.action == access::Action::kAllow) add("allowed");
  if (group.provenance == access::Provenance::kUntrusted) add("untrusted");
  if (group.ambiguous) add("ambiguous");
  if (group.platform_policy) add("policy");
  if (group.tag) add("tag=" + *group.tag);
  return flags;
}

Json TimeOrNull(std::optional<std::int64_t> time_ns) { return time_ns ? Json(FormatTime(*time_ns)) : Json(nullptr); }

Json ToJson(const DenialGroup& group) {
  Json object;
  PutBytes(object, "process", group.process);
  PutBytes(object, "operation", group.operation);
  PutBytes(object, "target", group.target);
  object["action"] = access::Name(group.action);
  object["provenance"] = access::Name(group.provenance);
  object["platform_policy"] = group.platform_policy;
  object["ambiguous"] = group.ambiguous;
  PutBytes(object, "tag", group.tag);
  object["runs"] = JsonTexts(group.runs);
  object["hosts"] = JsonTexts(group.hosts);
  object["count"] = group.count;
  object["duplicates"] = group.duplicates;
  object["first_seen"] = TimeOrNull(group.first_seen_ns);
  object["last_seen"] = TimeOrNull(group.last_seen_ns);
  return object;
}

std::vector<std::string> ToRow(const DenialGroup& group, const OutputOptions& output) {
  const auto number = [&](std::uint64_t count) {
    return output.csv ? std::to_string(count) : base::GroupDigits(count);
  };
  const auto time = [&](std::optional<std::int64_t> time_ns) {
    if (!output.csv) return FormatSeconds(time_ns);
    return time_ns ? FormatTime(*time_ns) : std::string();
  };
  return {number(group.count),
          number(group.duplicates),
          time(group.first_seen_ns),
          time(group.last_seen_ns),
          group.process.empty() && !output.csv ? "?" : group.process,
          group.operation,
          group.target.value_or(output.csv ? "" : "-"),
          std::string(access::Name(group.provenance)),
          Flags(group)};
}

render::Table MakeTable(const OutputOptions& output) {
  using render::Align;
  if (output.csv) {
    return render::Table({{"count"}, {"duplicates"}, {"first_seen"}, {"last_seen"}, {"process"}, {"operation"},
                          {"target"}, {"provenance"}, {"flags"}});
  }
  return render::Table({{"COUNT", Align::kRight}, {"DUPLICATES", Align::kRight}, {"FIRST SEEN (UTC)"},
                        {"LAST SEEN (UTC)"}, {"PROCESS"}, {"OPERATION"}, {"TARGET"}, {"FROM"}, {"FLAGS"}});
}

Exit PrintJson(const Invocation& invocation, const std::vector<DenialGroup>& groups) {
  // Group by group, so that a long list is not held three times.
  const bool ascii = IsTerminal(invocation.out);
  Exit code = Print(invocation, "{\"schema\": \"sbtune.denials/1\", \"groups\": [");
  for (std::size_t i = 0; i < groups.size() && code == Exit::kDone; ++i) {
    code = Print(invocation, (i == 0 ? "\n" : ",\n") + ToJson(groups[i]).dump(-1, ' ', ascii));
  }
  return code == Exit::kDone ? Print(invocation, "\n]}\n") : code;
}

Exit RunDenials(const DenialsOptions& options, const Invocation& invocation) {
  const base::Result<store::Filter> filter = ToFilter(options.filter, base::SystemClock().WallNs());
  if (!filter) return UsageError(invocation, filter.error());
  base::Result<store::Store> store = OpenDatabase(options.database, Purpose::kRead);
  if (!store) return Fail(invocation, store.error());
  std::vector<DenialGroup> groups;
  const base::Status done = store->VisitGroups(*filter, [&](const DenialGroup& group) {
    if (options.top == 0 || groups.size() < options.top) groups.push_back(group);
  });
  if (!done) return Fail(invocation, done.error());
  if (options.output.json) return PrintJson(invocation, groups);
  render::Table table = MakeTable(options.output);
  for (const DenialGroup& group : groups) table.Add(ToRow(group, options.output));
  return PrintTable(invocation, options.output, table);
}

}  // namespace

void AddDenials(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<DenialsOptions>();
  CLI::App* command = app.add_subcommand("denials", "Lists what was denied, grouped, most frequent first");
  AddDatabaseOption(*command, options->database);
  AddFilterOptions(*command, options->filter);
  AddTopOption(*command, options->top, "Only the N most frequent (0: all)");
  AddOutputOptions(*command, options->output);
  command->footer(std::string(kGlobHelp) + kFilterHelp + kJsonHelp);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return RunDenials(*options, invocation); };
  });
}

}  // namespace sbtune::cli
