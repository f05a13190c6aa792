// sbtune rules: the flat rule list of a profile. The JSON has the shape in which others publish such lists: an array
// of {action, operations, filters [{name, arguments [{type, value, alias}], subfilters}], modifiers}, and `source`,
// the place of the rule as "file:line:column".
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/profile_options.h"
#include "core/base/text.h"
#include "profiles/sbpl/print.h"

namespace sbtune::cli {
namespace {

constexpr const char* kFooter =
    "How a profile is read, here and by every other command: files given with several --profile are evaluated one\n"
    "after the other, as programs concatenate them. (import \"x.sb\") looks into each --import-dir, then beside the\n"
    "importing file, then into the system's folders; \"/System/Library/Sandbox/Profiles/x.sb\" is looked up in\n"
    "--import-dir too. In C++ and Nix sources the profile's string is found. #if lines need --define.\n"
    "--lenient skips what cannot be loaded, a rule at a time, and says so on stderr.\n\n"
    "  sbtune rules -p my.sb -D HOME=/Users/me\n"
    "  sbtune rules -p common.sb -p renderer.sb --placeholders --json\n"
    "  sbtune rules -p com.apple.WebProcess.sb.in --define 'PLATFORM(MAC)' --import-dir ./Profiles\n\n"
    "One line a rule: FILE:LINE:COL: (the rule, with what its functions and parameters made of it). --json: an\n"
    "array of {action, operations, filters [{name, arguments [{type, value, alias}], subfilters}], modifiers, source}.\n"
    "Exit status: 0 done; 1 the profile cannot be loaded, the mistakes are on stderr; 2 usage.";

using Json = nlohmann::ordered_json;

Json ToJson(const sbpl::Rule& rule, const base::SourceMap& sources);

Json ToJson(const sbpl::Argument& argument) {
  Json json;
  if (const auto* text = std::get_if<std::string>(&argument.value)) {
    json["type"] = "string";
    json["value"] = base::ToValidUtf8(*text);
  } else {
    json["type"] = "primitive";
    if (const auto* number = std::get_if<std::int64_t>(&argument.value)) {
      json["value"] = *number;
    } else {
      json["value"] = std::get<bool>(argument.value);
    }
  }
  if (!argument.alias.empty()) json["alias"] = argument.alias;
  return json;
}

Json ToJson(const sbpl::Filter& filter) {
  Json json;
  json["name"] = filter.name;
  if (filter.subfilters.empty()) json["arguments"] = Json::array();
  for (const sbpl::Argument& argument : filter.arguments) json["arguments"].push_back(ToJson(argument));
  for (const sbpl::Filter& sub : filter.subfilters) json["subfilters"].push_back(ToJson(sub));
  return json;
}

Json ToJson(const sbpl::Modifier& modifier, const base::SourceMap& sources) {
  Json json;
  json["name"] = modifier.name;
  for (const sbpl::Argument& argument : modifier.arguments) json["arguments"].push_back(ToJson(argument));
  for (const sbpl::Rule& rule : modifier.message_rules) json["rules"].push_back(ToJson(rule, sources));
  return json;
}

Json ToJson(const sbpl::Rule& rule, const base::SourceMap& sources) {
  Json json;
  json["action"] = access::Name(rule.action);
  for (const sbpl::RuleOperation& operation : rule.operations) json["operations"].push_back(operation.name);
  for (const sbpl::Filter& filter : rule.filters) json["filters"].push_back(ToJson(filter));
  for (const sbpl::Modifier& modifier : rule.modifiers) json["modifiers"].push_back(ToJson(modifier, sources));
  json["source"] = base::ToValidUtf8(sources.Where(rule.range));
  return json;
}

Exit PrintJson(const sbpl::Profile& profile, const Invocation& invocation) {
  std::string text = "[";
  const char* separator = "\n";
  for (const sbpl::Rule& rule : profile.rules) {
    text += separator + ToJson(rule, profile.sources).dump();
    separator = ",\n";
  }
  return Print(invocation, text + "\n]\n");
}

Exit PrintText(const sbpl::Profile& profile, const Invocation& invocation) {
  std::string text;
  for (const sbpl::Rule& rule : profile.rules) {
    text += base::EscapeForTerminal(profile.sources.Where(rule.range)) + ": " +
            base::EscapeForTerminal(sbpl::Print(rule)) + "\n";
  }
  return Print(invocation, text);
}

}  // namespace

void AddRules(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("rules", "Prints the rules that a profile evaluates to, one a line");
  struct Options {
    ProfileOptions profile;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  AddProfileOptions(*command, options->profile, ProfileNames::kAlsoPlain);
  command->add_flag("--json", options->json, "As a JSON array");
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] {
      const auto loaded = LoadProfileOrReport(options->profile, invocation);
      if (!loaded) return loaded.error();
      return options->json ? PrintJson(loaded->profile, invocation) : PrintText(loaded->profile, invocation);
    };
  });
}

}  // namespace sbtune::cli
