#include "cli/profile_options.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/assignment.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "profiles/catalog/catalog.h"
#include "profiles/entitlements/as_json.h"

namespace sbtune::cli {
namespace {

// All at once: a profile that needs six parameters would otherwise be tried six times.
void ReportMissing(const std::vector<std::string>& parameters, const Invocation& invocation) {
  if (parameters.empty()) return;
  std::string options;
  for (const std::string& name : parameters) options += fmt::format(" -D {}=VALUE", base::EscapeForTerminal(name));
  Tell(invocation, fmt::format("sbtune: the profile asks for what was not given:{}; with --placeholders each stands for its own name\n", options));
}

}  // namespace

void AddProfileOptions(CLI::App& command, ProfileOptions& options, ProfileNames names) {
  const bool also_plain = names == ProfileNames::kAlsoPlain;
  command.add_option(also_plain ? "--profile,-p,PROFILE" : "--profile,-p", options.profiles,
                     also_plain ? "Profile to load; as -p FILE or --profile FILE repeated for fragments, in load order"
                                : "Profile to load; repeat for fragments, in load order")
      ->required()
      ->type_name("FILE")
      ->allow_extra_args(false);
  AddLoadOptions(command, options);
}

void AddLoadOptions(CLI::App& command, ProfileOptions& options) {
  command.add_option("-D", options.parameters, "Value of (param \"NAME\")")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command.add_flag("--placeholders", options.placeholders, "Let each parameter that is not given stand for its own name");
  command.add_option("--import-dir", options.import_dirs,
                     "Folder in which (import …) looks first, also for files of the system's own profile folders")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_option("--macos", options.macos, "Version of macOS whose tables to use (default: the newest known)")
      ->type_name("VERSION");
  command.add_option("--define", options.defines, "Defines NAME for #if lines in the profile")
      ->type_name("NAME[=VALUE]")
      ->allow_extra_args(false);
  command.add_option("--entitlements", options.entitlements, "The process's entitlements: a property list or a JSON object")
      ->type_name("FILE");
  command.add_option("--fact", options.facts, "Value that a filter tests and a log does not carry")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command.add_flag("--case-sensitive", options.case_sensitive, "Compare paths with their case");
  command.add_flag("--lenient", options.lenient, "Skip rules that cannot be loaded, and say so");
}

namespace {

struct Entitlements {
  std::string json;
  std::vector<sbpl::Fact> facts;
};

base::Result<Entitlements> ReadEntitlements(const std::string& file) {
  auto text = base::ReadFile(file);
  if (!text) return std::unexpected(text.error().Within("reading the entitlements"));
  auto json = entitlements::EntitlementsAsJson(std::move(*text));
  if (!json) return std::unexpected(json.error().Within(file));
  auto facts = sbpl::FactsFromEntitlements(*json);
  if (!facts) return std::unexpected(facts.error().Within(file));
  return Entitlements{std::move(*json), std::move(*facts)};
}

std::unexpected<OptionError> WrongWord(base::Error error) { return std::unexpected(OptionError{std::move(error), Exit::kUsage}); }
std::unexpected<OptionError> WrongFile(base::Error error) { return std::unexpected(OptionError{std::move(error), Exit::kFailed}); }

}  // namespace

Exit Refuse(const Invocation& invocation, const OptionError& error) {
  return error.exit == Exit::kUsage ? UsageError(invocation, error.error) : Fail(invocation, error.error);
}

std::expected<sbpl::LoadOptions, OptionError> ToLoadOptions(const ProfileOptions& options) {
  const auto catalog = catalog::Catalog::ForVersion(options.macos);
  if (!catalog) return WrongWord(catalog.error());
  for (const std::string& text : options.facts) {
    if (const auto fact = sbpl::ParseFact(text, **catalog); !fact) return WrongWord(fact.error().Within("--fact"));
  }
  sbpl::LoadOptions load;
  load.paths = options.profiles;
  load.import_dirs = options.import_dirs;
  load.preprocessor_defines = options.defines;
  load.macos = options.macos;
  if (options.placeholders) load.missing_parameters = sbpl::MissingParameters::kPlaceholder;
  if (options.lenient) load.strictness = sbpl::Strictness::kLenient;
  for (const std::string& parameter : options.parameters) {
    auto pair = SplitAssignment(parameter, "-D");
    if (!pair) return WrongWord(pair.error());
    load.parameters.insert_or_assign(pair->first, pair->second);
  }
  if (!options.entitlements.empty()) {
    auto entitlements = ReadEntitlements(options.entitlements);
    if (!entitlements) return WrongFile(entitlements.error());
    load.entitlements_json = std::move(entitlements->json);
  }
  return load;
}

std::expected<sbpl::PolicyOptions, OptionError> ToPolicyOptions(const ProfileOptions& options) {
  const auto catalog = catalog::Catalog::ForVersion(options.macos);
  if (!catalog) return WrongWord(catalog.error());
  sbpl::PolicyOptions policy;
  if (options.case_sensitive) policy.case_rule = sbpl::CaseRule::kExact;
  if (!options.entitlements.empty()) {
    auto entitlements = ReadEntitlements(options.entitlements);
    if (!entitlements) return WrongFile(entitlements.error());
    policy.facts = std::move(entitlements->facts);
  }
  for (const std::string& text : options.facts) {
    base::Result<sbpl::Fact> fact = sbpl::ParseFact(text, **catalog);
    if (!fact) return WrongWord(fact.error().Within("--fact"));
    policy.facts.push_back(std::move(*fact));
  }
  return policy;
}

std::expected<sbpl::LoadResult, Exit> LoadProfileOrReport(const ProfileOptions& options, const Invocation& invocation,
                                                          LoadedFor whom) {
  const auto load = ToLoadOptions(options);
  if (!load) return std::unexpected(Refuse(invocation, load.error()));
  sbpl::DiskFiles files;
  sbpl::LoadResult result = sbpl::LoadProfile(*load, files);
  const auto is_unread = [](const base::Diagnostic& one) { return one.code == "unreadable" && one.range.source == base::kNoSource; };
  const auto& said = result.diagnostics.items();
  for (const base::Diagnostic& diagnostic : said) {
    if (is_unread(diagnostic)) Fail(invocation, {diagnostic.message});
    else Tell(invocation, base::Render(diagnostic, result.profile.sources));
  }
  if (!result.ok()) {
    ReportMissing(sbpl::RequiredParameters(*load, files), invocation);
    const bool unread = std::ranges::any_of(said, is_unread);
    if (!unread) {
      Fail(invocation, {whom == LoadedFor::kUs ? "the profile cannot be loaded; with --lenient what can be loaded is used"
                                              : "the profile cannot be loaded, and the system would refuse it too"});
    }
    return std::unexpected(Exit::kFailed);
  }
  return result;
}

}  // namespace sbtune::cli
