// Loading a profile: one file or several fragments in load order, with everything they import, evaluated to a
// flat rule list. Untrusted input: every cost is limited, every mistake is a Diagnostic with its place.
//
//   sbpl::DiskFiles files;
//   sbpl::LoadResult loaded = sbpl::LoadProfile({.paths = {"agent.sb"}, .parameters = {{"HOME", "/Users/me"}}}, files);
//   if (!loaded.ok()) … Render(loaded.diagnostics) …
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostics.h"
#include "core/base/result.h"
#include "core/base/source.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::sbpl {

// Where profile text comes from. A missing file is an Error; the loader tries its search path in order.
class ProfileFiles {
 public:
  virtual ~ProfileFiles() = default;
  [[nodiscard]] virtual base::Result<std::string> Read(const std::string& path) = 0;
  [[nodiscard]] virtual bool Exists(const std::string& path) = 0;
};

class DiskFiles final : public ProfileFiles {
 public:
  [[nodiscard]] base::Result<std::string> Read(const std::string& path) override;
  [[nodiscard]] bool Exists(const std::string& path) override;
};

// Generous for real profiles (Apple's largest takes about a tenth of each), small for an attacker.
struct Limits {
  std::uint64_t steps = 20'000'000;           // evaluation steps
  std::uint32_t depth = 10'000;               // nested calls and nested data
  std::uint64_t memory_bytes = 256u << 20;    // values alive or made
  std::uint32_t rules = 100'000;
  std::uint32_t imports = 1'000;
  std::uint32_t filter_depth = 200;
};

enum class Strictness { kAsTheKernel, kLenient };  // lenient: report and skip what cannot be loaded
// What (param "NAME") is when nobody gave NAME: #f as on a real system, or "/NAME" (but #f where the profile only tests
// whether it was given), so that a profile can be read without its program.
enum class MissingParameters { kFalse, kPlaceholder };

struct LoadOptions {
  std::vector<std::string> paths;                 // fragments in load order, "-" for standard input
  std::map<std::string, std::string> parameters;  // (param "NAME")
  MissingParameters missing_parameters = MissingParameters::kFalse;
  std::vector<std::string> import_dirs;           // searched before the system's profile folders
  std::vector<std::string> preprocessor_defines;  // selects branches of #if in WebKit's .sb.in files
  std::string entitlements_json;                  // the process's entitlements as a JSON object; may be empty
  std::string macos;                              // catalog version; empty: the newest known
  Strictness strictness = Strictness::kAsTheKernel;
  Limits limits;
};

// A (param "NAME") that the profile asked for.
struct ParameterUse {
  std::string name;
  bool given = false;
  bool tested = false;      // its presence chose a branch: (if (param "NAME") …)
  base::SourceRange range;  // where it was asked for first
};

// A procedure of the profile that makes a filter out of one string:
// (define (home-subpath p) (subpath (string-append (param "HOME") p))) is {"home-subpath", "subpath", "/Users/me", ""}.
struct Helper {
  std::string name;
  std::string filter;  // canonical name of what it returns
  std::string prefix;  // the filter's argument is prefix + string + suffix
  std::string suffix;
  base::SourceRange range;  // its definition
};

// An evaluated profile. Owns its texts; rules point into them by range.
struct Profile {
  base::SourceMap sources;
  std::vector<base::SourceId> fragments;  // the user's files in load order; imports are the other sources
  std::vector<Rule> rules;                // in evaluation order, without implicit ones
  std::vector<base::SourceRange> top_level_forms;  // of the fragments, for edits
  std::vector<std::string> parameters_used;        // names asked for with (param …), sorted
  std::vector<ParameterUse> parameter_uses;        // the same with what became of them
  std::vector<Helper> helpers;                     // sorted by name
  std::optional<std::int64_t> version;             // (version N)
  std::string macos;                               // the catalog version that was used
};

struct LoadResult {
  Profile profile;  // what was loaded, even when incomplete (then not fit for deciding)
  base::Diagnostics diagnostics;
  [[nodiscard]] bool ok() const { return !diagnostics.HasErrors(); }
};

[[nodiscard]] LoadResult LoadProfile(const LoadOptions& options, ProfileFiles& files);

// The parameters that the profile cannot do without and that were not given, sorted. Loads it once more.
[[nodiscard]] std::vector<std::string> RequiredParameters(const LoadOptions& options, ProfileFiles& files);

}  // namespace sbtune::sbpl
