// The options by which decide, rules, explain, suggest, check and diff take a profile, and the loading of it.
//
//   ProfileOptions options;                       // lives as long as the command
//   AddProfileOptions(*command, options);
//   …
//   const auto loaded = LoadProfileOrReport(options, invocation);
//   if (!loaded) return loaded.error();
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "cli/command.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::cli {

struct ProfileOptions {
  std::vector<std::string> profiles;     // --profile, in load order
  std::vector<std::string> parameters;   // -D NAME=VALUE
  bool placeholders = false;             // --placeholders
  std::vector<std::string> import_dirs;  // --import-dir
  std::vector<std::string> defines;      // --define NAME[=VALUE], for #if lines
  std::string entitlements;              // --entitlements FILE
  std::string macos;                     // --macos
  std::vector<std::string> facts;        // --fact NAME=VALUE
  bool lenient = false;                  // --lenient
  bool case_sensitive = false;           // --case-sensitive
};

enum class ProfileNames : std::uint8_t {
  kByOption,    // --profile FILE
  kAlsoPlain,   // or FILE alone, for a command that takes no other words
};
void AddProfileOptions(CLI::App& command, ProfileOptions& options, ProfileNames names = ProfileNames::kByOption);
// The same without --profile, for a command that names its profiles in another way.
void AddLoadOptions(CLI::App& command, ProfileOptions& options);

// Why options cannot be used: a word of the command line is wrong (kUsage), or a file that it names (kFailed).
struct OptionError {
  base::Error error;
  Exit exit = Exit::kUsage;
};
// Prints it; returns its exit.
Exit Refuse(const Invocation& invocation, const OptionError& error);

// What the options mean.
[[nodiscard]] std::expected<sbpl::LoadOptions, OptionError> ToLoadOptions(const ProfileOptions& options);
[[nodiscard]] std::expected<sbpl::PolicyOptions, OptionError> ToPolicyOptions(const ProfileOptions& options);

// Loads the profile and prints what is wrong with it on stderr. The exit status if it cannot be used; then the
// reason has been printed, and what else can be done: nothing where the system itself is to take the profile.
enum class LoadedFor { kUs, kSystem };
[[nodiscard]] std::expected<sbpl::LoadResult, Exit> LoadProfileOrReport(const ProfileOptions& options,
                                                                        const Invocation& invocation,
                                                                        LoadedFor whom = LoadedFor::kUs);

}  // namespace sbtune::cli
