// `sbtune decisions`: what was answered to suggestions, to list, to make and to revoke.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/json_bytes.h"
#include "cli/output.h"
#include "cli/remembered.h"
#include "cli/times.h"
#include "core/base/clock.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

struct Options {
  DatabaseOptions database;
  OutputOptions output;
  std::string profile;
  std::string answer;
  std::string operation;
  std::string target;
  std::string reason;
  std::vector<std::int64_t> revoke;
};

constexpr const char* kFooter =
    "suggest never asks again about a denial that was answered by deny or ignore, for the same profile, operation and\n"
    "target; it says how many those were. Decisions are kept in the database, also those that suggest --interactive\n"
    "makes; what was allowed there at a wider width keeps it. A new answer to the same question takes the place of the old one.\n"
    "\n"
    "Examples:\n"
    "  sbtune decisions                                              all that are in force\n"
    "  sbtune decisions --profile agent.sb --json                    of one profile\n"
    "  sbtune decisions --profile agent.sb --answer deny --reason 'not its business' file-read-data /etc/hosts\n"
    "  sbtune decisions --revoke 3                                   asks about it again\n"
    "\n"
    "--json prints {\"schema\": \"sbtune.decisions/1\", \"decisions\": [{id, profile, operation, target (null: none),\n"
    "answer (allow, deny, ignore), rule (what was allowed where that was wider; null: exactly this), reason, made (UTC)}]};\n"
    "bytes that are not UTF-8 as in sbtune denials.\n"
    "\n"
    "Exit status: 0 done; 1 failed, or no such decision; 2 usage.";

class Command {
 public:
  Command(const Options& options, const Invocation& invocation) : options_(options), invocation_(invocation) {}

  Exit Run() {
    if (!options_.revoke.empty()) return Revoke();
    return options_.answer.empty() ? List() : Add();
  }

 private:
  Exit Revoke() {
    auto store = OpenDatabase(options_.database, Purpose::kWrite);
    if (!store) return Fail(invocation_, store.error());
    for (const std::int64_t id : options_.revoke) {
      const auto revoked = store::DecisionBook(*store).Revoke(id, base::SystemClock().WallNs());
      if (!revoked) return Fail(invocation_, revoked.error());
      if (!*revoked) return Fail(invocation_, {fmt::format("no decision has the number {}; sbtune decisions lists them", id)});
    }
    return Exit::kDone;
  }

  Exit Add() {
    if (options_.profile.empty() || options_.operation.empty()) {
      return UsageError(invocation_, {"--answer needs --profile and an operation, and mostly a target"});
    }
    const std::vector<std::string> profiles = {options_.profile};
    const auto key = ProfileKey(profiles);
    if (!key) return Fail(invocation_, key.error());
    auto store = OpenDatabase(options_.database, Purpose::kWrite);
    if (!store) return Fail(invocation_, store.error());
    store::StoredDecision made;
    made.profile = *key;
    made.operation = options_.operation;
    if (!options_.target.empty()) made.target = options_.target;
    made.answer = *store::ParseAnswer(options_.answer);
    made.reason = options_.reason;
    const auto kept = store::DecisionBook(*store).Keep({&made, 1}, base::SystemClock().WallNs());
    return kept ? Exit::kDone : Fail(invocation_, kept.error());
  }

  Exit List() {
    auto store = OpenDatabase(options_.database, Purpose::kRead);
    if (!store) return Fail(invocation_, store.error());
    auto decisions = store::DecisionBook(*store).List();
    if (!decisions) return Fail(invocation_, decisions.error());
    if (!options_.profile.empty()) {
      const std::vector<std::string> profiles = {options_.profile};
      const auto key = ProfileKey(profiles);
      if (!key) return Fail(invocation_, key.error());
      std::erase_if(*decisions, [&](const store::StoredDecision& one) { return one.profile != *key; });
    }
    return options_.output.json ? Print(invocation_, ToJson(*decisions)) : ListTable(*decisions);
  }

  Exit ListTable(const std::vector<store::StoredDecision>& decisions) {
    render::Table table({{"ID", render::Align::kRight}, {"ANSWER"}, {"OPERATION"}, {"TARGET"}, {"PROFILE"}, {"MADE (UTC)"}, {"WIDTH"}, {"REASON"}});
    for (const store::StoredDecision& one : decisions) {
      table.Add({fmt::format("{}", one.id), std::string(store::Name(one.answer)), one.operation, one.target.value_or("-"),
                 one.profile, FormatSeconds(one.made_ns), one.rule.empty() ? "exact" : one.rule, one.reason});
    }
    return PrintTable(invocation_, options_.output, table);
  }

  static std::string ToJson(const std::vector<store::StoredDecision>& decisions) {
    Json json;
    json["schema"] = "sbtune.decisions/1";
    json["decisions"] = Json::array();
    for (const store::StoredDecision& one : decisions) {
      Json entry;
      entry["id"] = one.id;
      PutBytes(entry, "profile", one.profile);
      PutBytes(entry, "operation", one.operation);
      PutBytes(entry, "target", one.target);
      entry["answer"] = store::Name(one.answer);
      PutBytes(entry, "rule", one.rule.empty() ? std::nullopt : std::optional(one.rule));
      PutBytes(entry, "reason", one.reason);
      entry["made"] = FormatTime(one.made_ns);
      json["decisions"].push_back(std::move(entry));
    }
    return json.dump(2) + "\n";
  }

  const Options& options_;
  const Invocation& invocation_;
};

}  // namespace

void AddDecisions(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("decisions", "Lists, makes and revokes answers to suggestions");
  const auto options = std::make_shared<Options>();
  AddDatabaseOption(*command, options->database);
  AddOutputOptions(*command, options->output);
  command->add_option("--profile,-p", options->profile, "Only those for this profile")->type_name("FILE");
  CLI::Option* answer = command->add_option("--answer", options->answer, "Remember this answer: allow, deny or ignore")
                            ->type_name("ANSWER")
                            ->check(CLI::IsMember({"allow", "deny", "ignore"}));
  command->add_option("--reason", options->reason, "Why")->type_name("TEXT")->needs(answer);
  command->add_option("OPERATION", options->operation, "As in sbtune denials")->type_name("")->needs(answer);
  command->add_option("TARGET", options->target, "The same")->type_name("")->needs(answer);
  command->add_option("--revoke", options->revoke, "Forget the decision with this number; repeatable")
      ->type_name("ID")
      ->excludes(answer)
      ->allow_extra_args(false);
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Command(*options, invocation).Run(); };
  });
}

}  // namespace sbtune::cli
