#include "cli/explain_alternatives.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/text.h"

namespace sbtune::cli {
namespace {

std::string ShellWord(std::string_view word) {
  const auto plain = [](unsigned char byte) {
    return std::isalnum(byte) != 0 || std::string_view("-_./=:,@%+").find(static_cast<char>(byte)) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) return std::string(word);
  std::string quoted = "'";
  for (const char byte : word) quoted += byte == '\'' ? "'\\''" : std::string(1, byte);
  return quoted + "'";
}

// The options by which this profile was loaded, for another command.
std::string LoadWords(const ProfileOptions& options) {
  std::string words;
  const auto add = [&](std::string_view option, const std::vector<std::string>& values) {
    for (const std::string& value : values) words += fmt::format(" {} {}", option, ShellWord(value));
  };
  add("-p", options.profiles);
  add("-D", options.parameters);
  add("--import-dir", options.import_dirs);
  add("--define", options.defines);
  add("--fact", options.facts);
  if (!options.entitlements.empty()) add("--entitlements", {options.entitlements});
  if (!options.macos.empty()) add("--macos", {options.macos});
  if (options.placeholders) words += " --placeholders";
  if (options.lenient) words += " --lenient";
  if (options.case_sensitive) words += " --case-sensitive";
  return words;
}

// A log line carries the access to suggest. One that a line cannot hold, or a profile without a file, has no command.
std::optional<std::string> SuggestCommand(const ProfileOptions& options, const std::string& operation,
                                          const std::optional<std::string>& target) {
  const auto unfit = [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; };
  if (target && std::ranges::any_of(*target, unfit)) return std::nullopt;
  if (std::ranges::find(options.profiles, "-") != options.profiles.end()) return std::nullopt;
  const std::string line = fmt::format("Sandbox: example(1) deny(1) {}{}", operation, target ? " " + *target : "");
  return fmt::format("printf '%s\\n' {} | sbtune suggest{} --from -", ShellWord(line), LoadWords(options));
}

std::string Heading(sbpl::Decision decision) { return decision == sbpl::Decision::kAllow ? "allowed if\n" : "denied if\n"; }

}  // namespace

Alternatives FindAlternatives(const ProfileOptions& options, const sbpl::Profile& profile, const std::string& operation,
                              const std::optional<std::string>& target, const sbpl::Verdict& verdict) {
  Alternatives alternatives;
  const auto load = ToLoadOptions(options);
  const auto policy = ToPolicyOptions(options);
  if (!load || !policy) return alternatives;
  sbpl::DiskFiles files;
  // Standard input is read once.
  const bool again = std::ranges::find(load->paths, "-") == load->paths.end();
  alternatives.found = whatif::FindAlternatives({*load, files, *policy, profile, operation, target}, again ? 60 : 0);
  if (verdict.decision == sbpl::Decision::kDeny) alternatives.suggest = SuggestCommand(options, operation, target);
  return alternatives;
}

std::string ToText(const Alternatives& alternatives, sbpl::Decision decision) {
  std::string text;
  for (const sbpl::Decision other : {sbpl::Decision::kAllow, sbpl::Decision::kDeny}) {
    bool first = true;
    for (const whatif::Alternative& one : alternatives.found) {
      if (one.decision != other) continue;
      if (first) text += Heading(other);
      first = false;
      text += fmt::format("  {}\n", base::EscapeForTerminal(one.text));
    }
  }
  if (!text.empty() || decision != sbpl::Decision::kDeny) return text;
  text = "no other parameter, entitlement, fact, spelling or order of the rules was found that allows it\n";
  if (alternatives.suggest) text += fmt::format("for a rule that does:\n  {}\n", base::EscapeForTerminal(*alternatives.suggest));
  return text;
}

}  // namespace sbtune::cli
