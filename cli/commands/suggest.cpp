// `sbtune suggest`: the smallest edit of a profile that allows what was denied, as a diff with its proof. The diff
// goes to stdout, everything else to stderr, so that `sbtune suggest … | patch -p0` works.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/commands/suggest_entitlements.h"
#include "cli/diff_paths.h"
#include "cli/evidence_source.h"
#include "cli/generalize_options.h"
#include "cli/profile_options.h"
#include "cli/proposal_file.h"
#include "cli/remembered.h"
#include "cli/review/as_before.h"
#include "cli/review/edited_rule.h"
#include "cli/review/review.h"
#include "cli/output.h"
#include "cli/suggest_report.h"
#include "cli/terminal.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "daemon/proposals/decided.h"
#include "profiles/review/own_paths.h"
#include "profiles/sbpl/edit/unified_diff.h"
#include "profiles/tune/generalize/suggest_general.h"
#include "profiles/tune/suggest.h"

namespace sbtune::cli {
namespace {

enum class Format { kDiff, kJson, kProfile };

struct Options {
  ProfileOptions profile;
  GeneralizeOptions generalize;
  EvidenceOptions evidence;
  std::vector<std::string> overrides;
  std::string format = "diff";
  bool json = false;
  std::string fragment;
  std::string save;
  bool interactive = false;
  std::string yes_safe;  // empty: not asked for
  bool exceptions = false;

  [[nodiscard]] Format Chosen() const {
    if (json || format == "json") return Format::kJson;
    return format == "profile" ? Format::kProfile : Format::kDiff;
  }
};

constexpr double kBudget = 1000;  // paths

constexpr const char* kFooter =
    "The diff is printed on stdout, what it is for and why it is safe on stderr. Apply it with `patch -p0` or\n"
    "`git apply -p0` from the same folder (-d / for files outside of it, as the text then says).\n"
    "A denial that a filtered deny of the profile decided stays denied unless --override names that rule.\n"
    "\n"
    "--generalize looks at several runs: names that change from run to run become a shape (an anchored regex inside\n"
    "one folder), crowded folders a subpath, each run's -D values a (param ...) where the profile is loaded with -D.\n"
    "What a run's parameters were is known from import -D or --run-param; others had what -D says here. Secrets, the\n"
    "user's documents and what starts by itself are never covered: they are listed, and the exact answer allows them.\n"
    "  sbtune suggest -p a.sb -D CWD=/tmp/3 --generalize --tree / --from 1.log --run-param 1.log:CWD=/tmp/1 \\\n"
    "    --from 2.log --run-param 2.log:CWD=/tmp/2\n"
    "\n"
    "--interactive shows each suggestion with its denials, width, risk and what it opens: a allow, d deny, i ignore (both\n"
    "ask why), n narrower, w wider, e edit the rule, j next, k previous, v view the diff so far, u undo, f finish, q quit\n"
    "without a trace; the arrows do as n w j k. An edited rule is one allow rule with a filter; it is judged and proven like any other, asked about\n"
    "again where no suggestion would go, and the denials that it does not allow are told and stay open. In the line,\n"
    "arrows, Home, End and Delete move and erase, as do Ctrl-A E B F K U W.\n"
    "Ctrl-C, Ctrl-D and the end of the input quit like q: the profile is untouched, no answer of this dialogue is kept.\n"
    "Wider forms go from the names in a folder to the folder and the folders above it, from a name to its beginnings at\n"
    "dots, as far as the places, the profile's denies and its own files permit; each says what it opens (w again).\n"
    "Other suggestions that lie within a rule that was allowed are allowed with it, as long as it is.\n"
    "The screens go to stderr, the diff of what was allowed to stdout (or --save). Answers are remembered in the\n"
    "database (not with --from), each at its width, and not asked again; sbtune decisions lists and revokes them. --yes-safe\n"
    "answers without asking, --interactive asks about the rest. What needs the user's word is never below any risk.\n"
    "  sbtune suggest --profile agent.sb --run monday --interactive --save p.json\n"
    "  sbtune suggest --profile agent.sb --run monday --yes-safe=low > safe.patch\n"
    "\n"
    "Exit status: 0 every denial is covered or already allowed; 3 some denials got no rule; 1 nothing could be\n"
    "proposed; 2 usage.\n\n";

struct Diff {
  std::string text;
  bool from_root = false;  // some file is named from the root
};

base::Result<Diff> MakeDiff(const sbpl::Profile& profile, const tune::Answer& answer) {
  std::error_code failed;
  const std::string folder = std::filesystem::current_path(failed).string();
  Diff diff;
  for (const tune::EditedFragment& edited : answer.fragments) {
    const base::SourceId id = profile.fragments[edited.fragment];
    const std::string name(profile.sources.Name(id));
    if (name == "-") {
      return base::Fail("a diff needs the profile's file; for one from standard input use --format profile or json");
    }
    const DiffPath path = DiffPathOf(name, folder);
    diff.from_root = diff.from_root || path.from_root;
    diff.text += sbpl::UnifiedDiff(path.name, profile.sources.Text(id), edited.edits);
  }
  return diff;
}

// The fragment that --format profile prints.
base::Result<std::uint32_t> ChosenFragment(const sbpl::Profile& profile, const std::string& wanted) {
  if (wanted.empty() && profile.fragments.size() == 1) return 0;
  for (std::uint32_t i = 0; i < profile.fragments.size(); ++i) {
    if (!wanted.empty() && profile.sources.Name(profile.fragments[i]) == wanted) return i;
  }
  if (wanted.empty()) return base::Fail("the profile has several files; say with --fragment FILE which one to print");
  return base::Fail("--fragment " + wanted + " is none of the files given with --profile");
}

std::string EditedText(const sbpl::Profile& profile, const tune::Answer& answer, std::uint32_t fragment) {
  for (const tune::EditedFragment& edited : answer.fragments) {
    if (edited.fragment == fragment) return edited.text;
  }
  return std::string(profile.sources.Text(profile.fragments[fragment]));
}

class Command {
 public:
  Command(const Options& options, const Invocation& invocation) : options_(options), invocation_(invocation) {}

  Exit Run() {
    if (auto good = CheckOptions(); !good) return UsageError(invocation_, good.error());
    if (options_.profile.profiles.empty()) return RunWithoutProfile();
    std::vector<tune::RulePlace> overrides;
    for (const std::string& text : options_.overrides) {
      auto place = tune::ParseRulePlace(text);
      if (!place) return UsageError(invocation_, place.error().Within("--override"));
      overrides.push_back(std::move(*place));
    }
    const auto load = ToLoadOptions(options_.profile);
    if (!load) return Refuse(invocation_, load.error());
    const auto policy = ToPolicyOptions(options_.profile);
    if (!policy) return Refuse(invocation_, policy.error());
    auto groups = LoadEvidence(options_.evidence, invocation_);
    if (!groups) return Fail(invocation_, groups.error());
    std::vector<tune::Evidence> evidence = tune::MergeEvidence(*groups);
    if (auto dropped = LeaveOutDecided(evidence); !dropped) return Fail(invocation_, dropped.error());
    groups->clear();
    groups->shrink_to_fit();
    const auto loaded = LoadProfileOrReport(options_.profile, invocation_);
    if (!loaded) return loaded.error();
    sbpl::DiskFiles files;
    const tune::SuggestRequest request{loaded->profile, *load, *policy, evidence, overrides};
    if (Widens()) {
      auto inputs = LoadGeneralizeInputs(options_.generalize, options_.evidence);
      if (!inputs) return Fail(invocation_, inputs.error());
      inputs_ = std::move(*inputs);
      if (auto known = CheckRuns(options_.generalize, evidence); !known) return Fail(invocation_, known.error());
    }
    if (Reviews()) return Review(request, files);
    const auto answer = options_.generalize.generalize ? Generalize(request, files) : tune::Suggest(request, files);
    if (!answer) return Fail(invocation_, answer.error());
    return Finish(request, *answer, files);
  }

 private:
  [[nodiscard]] bool Reviews() const { return options_.interactive || !options_.yes_safe.empty(); }
  [[nodiscard]] bool Widens() const { return options_.generalize.generalize || Reviews(); }

  base::Status CheckOptions() const {
    const GeneralizeOptions& wide = options_.generalize;
    const char* const needless = !wide.tree.empty() ? "--tree" : !wide.places.empty() ? "--places"
                               : !wide.run_parameters.empty() ? "--run-param" : wide.budget ? "--budget" : nullptr;
    if (needless != nullptr && !Widens()) {
      return base::Fail(fmt::format("{} is about wider rules: it needs --generalize, --interactive or --yes-safe", needless));
    }
    if (!options_.interactive) return {};
    const auto is_input = [](const std::string& name) { return name == "-"; };
    const bool taken = is_input(wide.tree) || std::ranges::any_of(options_.evidence.logs, is_input) ||
                       std::ranges::any_of(options_.profile.profiles, is_input);
    if (taken) return base::Fail("--interactive reads the keys from standard input, so nothing else can be -: name a file");
    return {};
  }

  Exit Finish(const tune::SuggestRequest& request, const tune::Answer& answer, sbpl::ProfileFiles& files) {
    const Exit reported = Report(request.profile, request.evidence, answer);
    if (options_.save.empty()) return reported;
    if (answer.fragments.empty()) {
      std::error_code failed;
      const bool older = std::filesystem::exists(options_.save, failed);
      Tell(invocation_, fmt::format("\nThere is nothing to add, so nothing was saved{}.\n",
                                    older ? "; " + base::EscapeForTerminal(options_.save) + " is an older one" : ""));
      return reported;
    }
    const auto folder = CurrentFolder();
    if (!folder) return Fail(invocation_, folder.error());
    const base::Status saved = SaveProposal(
        options_.save, {request.profile, request.load, request.options, request.evidence, answer, *folder}, files, invocation_);
    return saved ? reported : Fail(invocation_, saved.error().Within("--save"));
  }

  // The dialogue, or with --yes-safe alone its answers without one.
  Exit Review(const tune::SuggestRequest& request, sbpl::ProfileFiles& files) {
    const auto exact = tune::Suggest(request, files);
    if (!exact) return Fail(invocation_, exact.error());
    const auto general = Generalize(request, files);
    if (!general) Tell(invocation_, fmt::format("No wider rules of several runs: {}\n", base::EscapeForTerminal(general.error().message)));
    const std::vector<std::string> own = review::OwnPaths(request.profile);
    const auto ladder = tune::Ladder::Make({request, inputs_->places, Tree(), own});
    if (!ladder) return Fail(invocation_, ladder.error());
    const Answers answers{request.evidence, *exact, general ? &*general : nullptr, &*ladder};
    auto before = AllowedBefore(MakeItems(answers), {request, inputs_->places, files});
    if (!before) return Fail(invocation_, before.error());
    Dialogue dialogue(std::move(before->items));
    for (std::size_t i = 0; i < before->rungs.size(); ++i) {
      if (before->rungs[i]) dialogue.AllowAsBefore(i, *before->rungs[i]);
    }
    if (!options_.yes_safe.empty()) dialogue.AllowUpTo(options_.yes_safe);
    const auto compose = [&](const Chosen& chosen) {
      return Compose(request, chosen,
                     [&](const tune::SuggestRequest& one, sbpl::ProfileFiles& its) { return Generalize(one, its); }, files);
    };
    if (options_.interactive) {
      const auto diff_so_far = [&]() -> std::string {
        const auto answer = compose(ChooseEvidence(dialogue, request.evidence));
        if (!answer) return answer.error().message + "\n";
        const auto diff = MakeDiff(request.profile, *answer);
        return diff ? diff->text : diff.error().message + "\n";
      };
      const auto typed_rule = [&](const std::string& typed, const Item& item) {
        return EditedRung(typed, item, {request, inputs_->places, files});
      };
      const auto within = [&](const Dialogue& now) { return OpenWithin(now, {request, inputs_->places, files}); };
      Drive(dialogue, stdin, invocation_.err, {diff_so_far, typed_rule, within});
    }
    if (dialogue.state() == State::kQuit) return Exit::kFound;
    Chosen chosen = ChooseEvidence(dialogue, request.evidence);
    auto answer = compose(chosen);
    if (!answer) return Fail(invocation_, answer.error());
    AddUnasked(dialogue.items(), answers, chosen, *answer);
    const Exit done =
        Finish({request.profile, request.load, request.options, chosen.evidence, request.overrides}, *answer, files);
    if (auto kept = Remember(dialogue, request.evidence); !kept) return Fail(invocation_, kept.error());
    if (done != Exit::kDone && done != Exit::kFound) return done;
    const Exit open = TellOpen(dialogue);
    return done == Exit::kFound ? done : open;
  }

  // What was allowed before is not asked again either.
  base::Result<AsBefore> AllowedBefore(std::vector<Item> items, const EditedRuleContext& context) const {
    if (!options_.evidence.logs.empty()) return BringBack(std::move(items), {}, context);
    const auto key = ProfileKey(options_.profile.profiles);
    if (!key) return std::unexpected(key.error());
    const auto decisions = LoadDecisions(options_.evidence.database, *key);
    if (!decisions) return std::unexpected(decisions.error());
    return BringBack(std::move(items), *decisions, context);
  }

  Exit TellOpen(const Dialogue& dialogue) const {
    const auto open = std::count_if(dialogue.choices().begin(), dialogue.choices().end(),
                                    [](const Choice& choice) { return !choice.answer; });
    if (open == 0) return Exit::kDone;
    Tell(invocation_, fmt::format("\n{} {} open.\n", open, open == 1 ? "suggestion is" : "suggestions are"));
    return Exit::kFound;
  }

  base::Status Remember(const Dialogue& dialogue, std::span<const tune::Evidence> evidence) const {
    if (!options_.evidence.logs.empty()) return {};
    const auto key = ProfileKey(options_.profile.profiles);
    if (!key) return std::unexpected(key.error());
    const std::vector<store::StoredDecision> decisions = DecisionsOf(dialogue, evidence, *key);
    if (decisions.empty()) return {};
    auto store = OpenDatabase(options_.evidence.database, Purpose::kWrite);
    if (!store) return std::unexpected(store.error());
    return store::DecisionBook(*store).Keep(decisions, base::SystemClock().WallNs());
  }

  // Captured logs are read without a database: then nothing is remembered.
  base::Status LeaveOutDecided(std::vector<tune::Evidence>& evidence) const {
    if (!options_.evidence.logs.empty()) return {};
    const auto key = ProfileKey(options_.profile.profiles);
    if (!key) return std::unexpected(key.error());
    const auto decisions = LoadDecisions(options_.evidence.database, *key);
    if (!decisions) return std::unexpected(decisions.error());
    const std::size_t dropped = proposals::DropDecided(evidence, *decisions);
    if (dropped == 0) return {};
    Tell(invocation_, fmt::format("{} decided before and {} not asked about; sbtune decisions lists them.\n",
               dropped == 1 ? "1 denial was" : base::GroupDigits(dropped) + " denials were", dropped == 1 ? "is" : "are"));
    return {};
  }

  Exit RunWithoutProfile() {
    if (options_.profile.entitlements.empty()) {
      return UsageError(invocation_, {"name the profile with --profile, or an app's entitlements with --entitlements"});
    }
    const bool json = options_.Chosen() == Format::kJson;
    return RunEntitlements(
        {options_.profile.entitlements, options_.profile.macos, options_.exceptions, json}, options_.evidence, invocation_);
  }

  base::Result<tune::Answer> Generalize(const tune::SuggestRequest& request, sbpl::ProfileFiles& files) const {
    const std::vector<std::string> own = review::OwnPaths(request.profile);
    const double budget = options_.generalize.budget.value_or(kBudget);
    return tune::SuggestGeneral({request, inputs_->runs, inputs_->places, Tree(), budget, own}, files);
  }

  [[nodiscard]] const tune::ReferenceTree* Tree() const { return inputs_->tree ? &*inputs_->tree : nullptr; }

  Exit Report(const sbpl::Profile& profile, std::span<const tune::Evidence> evidence, const tune::Answer& answer) {
    std::string out;
    SuggestReport report{profile, evidence, answer, ""};
    Diff diff;
    if (options_.Chosen() == Format::kProfile) {
      const auto fragment = ChosenFragment(profile, options_.fragment);
      if (!fragment) return UsageError(invocation_, fragment.error());
      out = EditedText(profile, answer, *fragment);
    } else {
      auto made = MakeDiff(profile, answer);
      if (!made && options_.Chosen() == Format::kDiff) return UsageError(invocation_, made.error());
      if (made) diff = std::move(*made);
      report.diff = diff.text;
      out = options_.Chosen() == Format::kJson ? ReportJson(report) : diff.text;
    }
    if (options_.Chosen() != Format::kJson) {
      Tell(invocation_, ReportText(report));
      if (diff.from_root) Tell(invocation_, "\nThe diff names files from the root: apply it with patch -p0 -d /\n");
    }
    // Data as it is, but fit for the screen when that is where it goes.
    const Exit printed = Print(invocation_, IsTerminal(invocation_.out) ? ShowText(out) : out);
    if (printed != Exit::kDone) return printed;
    return CountRemaining(answer) == 0 ? Exit::kDone : Exit::kFound;
  }

  const Options& options_;
  const Invocation& invocation_;
  std::optional<GeneralizeInputs> inputs_;  // where Widens()
};

}  // namespace

void AddSuggest(CLI::App& app, Invocation& invocation) {
  CLI::App* command =
      app.add_subcommand("suggest", "Proposes the smallest change of a profile that allows what was denied");
  const auto options = std::make_shared<Options>();
  AddProfileOptions(*command, options->profile, ProfileNames::kAlsoPlain);
  command->get_option("--profile")->required(false);
  command->get_option("--entitlements")
      ->description("The process's entitlements; without --profile: the app's .entitlements to extend");
  command->add_flag("--exceptions", options->exceptions, "With --entitlements: propose temporary exceptions too");
  AddEvidenceOptions(*command, options->evidence, "--from");
  AddGeneralizeOptions(*command, options->generalize);
  command->add_option("--override", options->overrides, "Deny rule that may be overridden; repeatable")
      ->type_name("FILE:LINE")
      ->allow_extra_args(false);
  command->add_option("--format", options->format, "diff (default), json, or profile: the edited text")
      ->check(CLI::IsMember({"diff", "json", "profile"}))
      ->type_name("FORMAT ");
  command->add_flag("--json", options->json, "The same as --format json");
  command->add_option("--fragment", options->fragment, "With --format profile: which file to print")->type_name("FILE");
  command->add_flag("--interactive", options->interactive, "Ask about one suggestion at a time; see below");
  command->add_option("--yes-safe", options->yes_safe, "Allow all up to this risk (low), leave the rest open")
      ->type_name("[RISK]")
      ->expected(0, 1)
      ->default_str("low")
      ->check(CLI::IsMember({"none", "low", "medium", "high"}));
  command->add_option("--save", options->save, "Keep the answer as a proposal for sbtune apply")->type_name("FILE");
  command->footer(std::string(kFooter) + kEntitlementsFooter + kGlobHelp + "\n" + kSuggestJsonShape);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Command(*options, invocation).Run(); };
  });
}

}  // namespace sbtune::cli
