// `sbtune proposals`: what sbtuned proposes for the profiles that its configuration names, to look at, to apply and to
// put aside. Reads the store, so it works whether the daemon runs or not.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/apply_proposal.h"
#include "cli/auto_waits.h"
#include "cli/commands.h"
#include "cli/daemon_access.h"
#include "cli/database_option.h"
#include "cli/json_bytes.h"
#include "cli/output.h"
#include "cli/proposal_file.h"
#include "cli/suggest_report.h"
#include "cli/times.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "daemon/proposals/current.h"
#include "daemon/proposals/evidence.h"
#include "sql/store/proposals.h"

namespace sbtune::cli {
namespace {

struct Options {
  DaemonOptions daemon;
  DatabaseOptions database;
  OutputOptions output;
  ReviewedOptions reviewed;
  bool history = false;
  std::string which;  // a number or a profile
  std::string reason = "dismissed";
};

constexpr const char* kFooter =
    "sbtuned keeps a proposal current for every [[profile]] of its configuration (`sbtuned --print-config` explains the\n"
    "keys): the answer of sbtune suggest to all denials of its processes, made again a moment after there are new ones,\n"
    "after the profile was edited, or after sbtune decisions. Its evidence is kept from pruning until the proposal is\n"
    "replaced, applied or dismissed. Another proposal gets another number: what is applied is what was looked at.\n"
    "\n"
    "auto_apply = true in a [[profile]] lets sbtuned write additions by itself: exact rules of risk \"none\" only, for denials\n"
    "of proven origin, at most 20 at once and once in proposals.auto_apply_minutes, into a file (and folder) that only you\n"
    "may write. It is DANGEROUS: any program can cause denials under a name of its choice. What was applied before, by\n"
    "whomever, is never applied by itself again, so that an undo stands; what you never want, say with sbtune decisions\n"
    "--answer deny. The log and --history tell what was done, the list why it waits.\n"
    "\n"
    "Examples:\n"
    "  sbtune proposals                     one line for each profile\n"
    "  sbtune proposals show 3              the diff on stdout, the proof on stderr, as sbtune suggest prints them\n"
    "  sbtune proposals apply 3             shows the diff, asks, writes, keeps a backup; as sbtune apply does\n"
    "  sbtune proposals dismiss 3           ignores its denials from now on (sbtune decisions takes that back)\n"
    "  sbtune proposals --history           what was applied or dismissed, by whom; backups\n"
    "\n"
    "--json prints {\"schema\": \"sbtune.proposals/1\", \"proposals\": [{id (null: not made yet), profile, made (UTC), problem, digest\n"
    "(null: nothing to add), additions, covered and remaining (denials), auto_apply, auto_apply_waits (why it leaves that to\n"
    "you, or null)}]}; with --history {\"schema\": \"sbtune.proposal-history/1\", \"entries\": [{proposal (null: of sbtune apply),\n"
    "profile, outcome (begun, applied, failed, dismissed), who (user, auto_apply), at (UTC), digest, note (backup, reason or\n"
    "error), rules, denials: [{operation, target}]}]}; show adds to the list's entry diff and suggestion, which is what suggest --json prints, or null where there is more to say since.\n"
    "\n"
    "Exit status: 0 done; 1 failed, or there is no such proposal; 2 usage.";

std::string State(const store::StoredProposal& one) {
  if (!one.problem.empty()) return one.problem;
  const std::string left = one.remaining == 0 ? "" : fmt::format(", {} left denied", one.remaining);
  if (one.digest.empty()) return "nothing to add" + left;
  return fmt::format("{} {} for {} {}{}", one.additions, one.additions == 1 ? "addition" : "additions", one.covered,
                     one.covered == 1 ? "denial" : "denials", left);
}

class Command {
 public:
  Command(const Options& options, const Invocation& invocation) : options_(options), invocation_(invocation) {}

  Exit List() {
    if (auto ready = Open(Purpose::kRead); !ready) return Fail(invocation_, ready.error());
    if (options_.history) return History();
    auto list = store::ProposalBook(*store_).List();
    if (!list) return Fail(invocation_, list.error());
    AddMissing(*list);
    if (options_.output.json) return Print(invocation_, ToJson(*list));
    if (list->empty()) {
      Tell(invocation_, "No profile is named in sbtuned's configuration; `sbtuned --print-config` shows how: [[profile]].\n");
      return Exit::kDone;
    }
    render::Table table({{"N", render::Align::kRight}, {"PROFILE"}, {"MADE (UTC)"}, {"STATE"}});
    for (const store::StoredProposal& one : *list) {
      table.Add({one.id == 0 ? "-" : fmt::format("{}", one.id), one.profile,
                 FormatSeconds(one.id == 0 ? std::nullopt : std::optional(one.made_ns)), StateWithAuto(one)});
    }
    return PrintTable(invocation_, options_.output, table);
  }

  Exit Show() {
    const auto found = Find(Purpose::kRead);
    if (!found) return Fail(invocation_, found.error());
    const auto proposal = review::ParseProposal(found->text);
    if (!proposal) return Fail(invocation_, proposal.error());
    sbpl::DiskFiles files;
    const auto examined = review::Examine(*proposal, files);
    if (!examined) return Fail(invocation_, Renewed(examined.error()));
    const std::string diff = ShowChanges(*examined);
    const std::optional<proposals::Current> proven = Prove(*found, files);
    if (options_.output.json) return Print(invocation_, ToJson(*found, diff, proven));
    if (proven) Tell(invocation_, ReportText({proven->worked->loaded.profile, proven->worked->evidence, proven->worked->answer, diff}));
    if (!proven) {
      Tell(invocation_, fmt::format("{}. There is more to say since: sbtuned, when it runs, makes the proposal again in a moment.\n", State(*found)));
    }
    Tell(invocation_, fmt::format("\nAfter the review:  sbtune proposals apply {} --digest {}\n", found->id, found->digest.substr(0, 16)));
    return Print(invocation_, diff);
  }

  Exit Apply() {
    const auto found = Find(options_.reviewed.dry_run ? Purpose::kRead : Purpose::kWrite);
    if (!found) return Fail(invocation_, found.error());
    const auto proposal = review::ParseProposal(found->text);
    if (!proposal) return Fail(invocation_, proposal.error());
    store::ProposalBook book(*store_);
    store::ProposalEntry entry = EntryOf(*found, *proposal);
    const auto written = ApplyReviewed(*proposal, options_.reviewed, fmt::format("proposal {}", found->id), invocation_,
                                       [&](const std::vector<std::string>& rules) -> base::Status {
                                         entry.rules = rules;
                                         const auto id = book.Record(entry);
                                         if (id) entry.id = *id;
                                         return id ? base::Status() : std::unexpected(id.error());
                                       });
    if (!written) {
      if (entry.id != 0) (void)book.Finish(entry.id, store::Outcome::kFailed, "not written");
      return written.error();
    }
    if (options_.reviewed.dry_run) return Exit::kDone;
    base::Status settled = book.Finish(entry.id, store::Outcome::kApplied, written->front().backup);
    if (settled) settled = book.Close(found->id);
    return settled ? Exit::kDone : Fail(invocation_, settled.error().Within("the profile is written, but the history is not"));
  }

  Exit Dismiss() {
    const auto found = Find(Purpose::kWrite);
    if (!found) return Fail(invocation_, found.error());
    const auto proposal = review::ParseProposal(found->text);
    if (!proposal) return Fail(invocation_, proposal.error());
    store::ProposalEntry entry = EntryOf(*found, *proposal);
    sbpl::DiskFiles files;
    // A generalised proposal may rest on denials of runs with other parameters too.
    if (const auto proven = Prove(*found, files)) entry.accesses = Covered(*proven->worked);
    std::vector<store::StoredDecision> decisions;
    for (const auto& [operation, target] : entry.accesses) {
      store::StoredDecision made;
      made.profile = found->profile;
      made.operation = operation;
      made.target = target;
      made.answer = store::Answer::kIgnore;
      made.reason = options_.reason;
      decisions.push_back(std::move(made));
    }
    base::Status done = store::DecisionBook(*store_).Keep(decisions, base::SystemClock().WallNs());
    entry.outcome = store::Outcome::kDismissed;
    entry.note = options_.reason;
    if (done) {
      if (const auto settled = store::ProposalBook(*store_).Settle(entry); !settled) done = std::unexpected(settled.error());
    }
    if (!done) return Fail(invocation_, done.error());
    Tell(invocation_, fmt::format("{} {} ignored from now on; sbtune decisions takes that back.\n", decisions.size(),
               decisions.size() == 1 ? "denial is" : "denials are"));
    return Exit::kDone;
  }

 private:
  base::Status Open(Purpose purpose) {
    auto config = DaemonConfig(options_.daemon);
    if (!config) return std::unexpected(config.error());
    config_ = *std::move(config);
    DatabaseOptions database = options_.database;
    if (database.path.empty()) database.path = config_.database;
    auto store = OpenDatabase(database, purpose);
    if (!store) return std::unexpected(store.error());
    store_ = *std::move(store);
    return {};
  }

  // The one that was asked for, with something to add.
  base::Result<store::StoredProposal> Find(Purpose purpose) {
    if (auto ready = Open(purpose); !ready) return std::unexpected(ready.error());
    const auto list = store::ProposalBook(*store_).List();
    if (!list) return std::unexpected(list.error());
    std::int64_t number = 0;
    const char* const end = options_.which.data() + options_.which.size();
    const bool is_number = std::from_chars(options_.which.data(), end, number).ptr == end;
    const std::string path = (std::filesystem::path(CurrentFolder().value_or("/")) / options_.which).lexically_normal().string();
    for (const store::StoredProposal& one : *list) {
      if (is_number ? one.id != number : one.profile != path) continue;
      if (one.digest.empty()) return base::Fail(fmt::format("{}: {}", one.profile, State(one)));
      return one;
    }
    if (is_number) {
      return base::Fail(fmt::format("there is no current proposal {}: it was replaced, applied or dismissed, or never was; "
                                    "`sbtune proposals` lists what there is", number));
    }
    return base::Fail(fmt::format("there is no proposal for {}; `sbtune proposals` lists what there is", path));
  }

  [[nodiscard]] std::string StateWithAuto(const store::StoredProposal& one) {
    const std::string waits = AutoWaits(one);
    return State(one) + (waits.empty() ? "" : "; auto_apply waits: " + waits);
  }

  [[nodiscard]] std::string AutoWaits(const store::StoredProposal& one) {
    const config::ProfileSettings* const settings = SettingsOf(one.profile);
    return settings == nullptr || one.digest.empty() ? "" : cli::AutoWaits(*store_, config_, *settings);
  }

  static base::Error Renewed(const base::Error& error) {
    return {error.message + ", or let sbtuned do it: when it runs, that takes a moment"};
  }

  const config::ProfileSettings* SettingsOf(const std::string& profile) const {
    const auto found = std::ranges::find(config_.profiles, profile, proposals::KeyOf);
    return found == config_.profiles.end() ? nullptr : &*found;
  }

  // The answer made again from what is stored, where it still is the same: the proof is of now, not of then.
  std::optional<proposals::Current> Prove(const store::StoredProposal& proposal, sbpl::ProfileFiles& files) {
    const config::ProfileSettings* settings = SettingsOf(proposal.profile);
    if (settings == nullptr) return std::nullopt;
    const auto evidence = proposals::ReadEvidence(*store_, *settings);
    if (!evidence) return std::nullopt;
    proposals::Current current =
        proposals::MakeCurrent({*settings, evidence->groups, evidence->group_count, evidence->decisions, evidence->runs}, files);
    if (!current.proposal || review::DigestOf(*current.proposal) != proposal.digest) return std::nullopt;
    return current;
  }

  void AddMissing(std::vector<store::StoredProposal>& list) const {
    for (const config::ProfileSettings& one : config_.profiles) {
      if (std::ranges::find(list, proposals::KeyOf(one), &store::StoredProposal::profile) != list.end()) continue;
      list.push_back({.profile = proposals::KeyOf(one), .problem = "not made yet; `sbtune status` tells whether sbtuned runs"});
    }
  }

  static store::ProposalEntry EntryOf(const store::StoredProposal& found, const review::Proposal& proposal) {
    store::ProposalEntry entry{.proposal = found.id, .profile = found.profile, .who = "user", .at_ns = base::SystemClock().WallNs(),
                               .digest = found.digest};
    for (const review::ProposedAccess& access : proposal.allows) entry.accesses.emplace_back(access.operation, access.target);
    return entry;
  }

  static std::vector<std::pair<std::string, std::optional<std::string>>> Covered(const proposals::Worked& worked) {
    std::set<std::pair<std::string, std::optional<std::string>>> covered;
    for (const tune::Suggestion& made : worked.answer.suggestions) {
      for (const std::size_t index : made.evidence) covered.emplace(worked.evidence[index].operation, worked.evidence[index].target);
    }
    return {covered.begin(), covered.end()};
  }

  Exit History() {
    const auto history = store::ProposalBook(*store_).History();
    if (!history) return Fail(invocation_, history.error());
    if (options_.output.json) return Print(invocation_, ToJson(*history));
    render::Table table({{"N", render::Align::kRight}, {"WHEN (UTC)"}, {"WHO"}, {"OUTCOME"}, {"RULES", render::Align::kRight},
                         {"DENIALS", render::Align::kRight}, {"PROFILE"}, {"DIGEST"}, {"NOTE"}});
    for (const store::ProposalEntry& one : *history) {
      table.Add({one.proposal == 0 ? "-" : fmt::format("{}", one.proposal), FormatSeconds(one.at_ns), one.who, std::string(store::Name(one.outcome)),
                 fmt::format("{}", one.rules.size()), fmt::format("{}", one.accesses.size()), one.profile, one.digest.substr(0, 16), one.note});
    }
    return PrintTable(invocation_, options_.output, table);
  }

  std::string ToJson(const std::vector<store::StoredProposal>& list) {
    Json json;
    json["schema"] = "sbtune.proposals/1";
    json["proposals"] = Json::array();
    for (const store::StoredProposal& one : list) json["proposals"].push_back(EntryJson(one));
    return json.dump(2) + "\n";
  }

  Json EntryJson(const store::StoredProposal& one) {
    const config::ProfileSettings* settings = SettingsOf(one.profile);
    Json entry;
    entry["id"] = one.id == 0 ? Json(nullptr) : Json(one.id);
    PutBytes(entry, "profile", one.profile);
    entry["made"] = one.id == 0 ? Json(nullptr) : Json(FormatTime(one.made_ns));
    entry["problem"] = one.problem.empty() ? Json(nullptr) : Json(base::ToValidUtf8(one.problem));
    entry["digest"] = one.digest.empty() ? Json(nullptr) : Json(one.digest);
    entry["additions"] = one.additions;
    entry["covered"] = one.covered;
    entry["remaining"] = one.remaining;
    entry["auto_apply"] = settings != nullptr && settings->auto_apply;
    const std::string waits = AutoWaits(one);
    entry["auto_apply_waits"] = waits.empty() ? Json(nullptr) : Json(base::ToValidUtf8(waits));
    return entry;
  }

  std::string ToJson(const store::StoredProposal& one, const std::string& diff, const std::optional<proposals::Current>& proven) {
    Json json;
    json["schema"] = "sbtune.proposal/1";
    json.update(EntryJson(one));
    PutBytes(json, "diff", diff);
    json["suggestion"] = nullptr;
    if (proven) {
      json["suggestion"] = Json::parse(
          ReportJson({proven->worked->loaded.profile, proven->worked->evidence, proven->worked->answer, diff}), nullptr, false);
    }
    return json.dump(2) + "\n";
  }

  static std::string ToJson(const std::vector<store::ProposalEntry>& history) {
    Json json;
    json["schema"] = "sbtune.proposal-history/1";
    json["entries"] = Json::array();
    for (const store::ProposalEntry& one : history) {
      Json entry;
      entry["proposal"] = one.proposal == 0 ? Json(nullptr) : Json(one.proposal);
      PutBytes(entry, "profile", one.profile);
      entry["outcome"] = store::Name(one.outcome);
      entry["who"] = one.who;
      entry["at"] = FormatTime(one.at_ns);
      entry["digest"] = one.digest;
      PutBytes(entry, "note", one.note);
      entry["rules"] = JsonTexts(one.rules);
      entry["denials"] = Json::array();
      for (const auto& [operation, target] : one.accesses) {
        Json access;
        PutBytes(access, "operation", operation);
        PutBytes(access, "target", target);
        entry["denials"].push_back(std::move(access));
      }
      json["entries"].push_back(std::move(entry));
    }
    return json.dump(2) + "\n";
  }

  const Options& options_;
  const Invocation& invocation_;
  config::Config config_;
  std::optional<store::Store> store_;
};

void AddPlaces(CLI::App& command, Options& options) {
  AddDaemonOptions(command, options.daemon);
  AddDatabaseOption(command, options.database);
  command.get_option("--db")->description("The database (default: the one that sbtuned's configuration names)");
}

CLI::App* AddVerb(CLI::App& command, Options& options, const char* verb, const char* meaning) {
  CLI::App* subcommand = command.add_subcommand(verb, meaning);
  AddPlaces(*subcommand, options);
  return subcommand;
}

void AddWhich(CLI::App& command, Options& options) {
  command.add_option("PROPOSAL", options.which, "Its number, or the profile's file")->type_name("N|FILE")->required();
}

}  // namespace

void AddProposals(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("proposals", "Shows and applies what sbtuned proposes for the profiles it looks after");
  const auto options = std::make_shared<Options>();
  const auto run = [&invocation, options](CLI::App& on, Exit (Command::*verb)()) {
    on.callback([options, &invocation, verb] {
      if (invocation.run) return;  // a verb of this command has been chosen
      invocation.run = [options, &invocation, verb] { return (Command(*options, invocation).*verb)(); };
    });
  };
  CLI::App* list = AddVerb(*command, *options, "list", "One line for each profile; the same as no word at all");
  for (CLI::App* one : {command, list}) {
    if (one == command) AddPlaces(*one, *options);
    AddOutputOptions(*one, options->output);
    one->add_flag("--history", options->history, "What was applied or dismissed, by whom, with digest and backup");
    run(*one, &Command::List);
  }
  CLI::App* show = AddVerb(*command, *options, "show", "The diff with its proof");
  AddWhich(*show, *options);
  show->add_flag("--json", options->output.json, "One object: the list's entry, the diff, and what suggest --json prints");
  run(*show, &Command::Show);
  CLI::App* apply = AddVerb(*command, *options, "apply", "Writes it into the profile, as sbtune apply does");
  AddWhich(*apply, *options);
  AddReviewedOptions(*apply, options->reviewed);
  run(*apply, &Command::Apply);
  CLI::App* dismiss = AddVerb(*command, *options, "dismiss", "Ignores its denials from now on, by sbtune decisions");
  AddWhich(*dismiss, *options);
  dismiss->add_option("--reason", options->reason, "Why")->type_name("TEXT");
  run(*dismiss, &Command::Dismiss);
  command->require_subcommand(0, 1);
  command->footer(kFooter);
}

}  // namespace sbtune::cli
