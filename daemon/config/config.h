// What sbtuned can be told, read from a TOML file. Every key has a default, so that no file is needed; a file that
// is wrong is refused whole, with its line and key, and what was in force stays.
//
//   base::Result<config::Config> config = config::Load(path, config::Defaults(environment).value());
//
// `sbtuned --print-config` prints every key with its meaning and default: Describe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace sbtune::config {

// A [[profile]] table: one for which the daemon keeps a proposal current.
struct ProfileSettings {
  std::vector<std::string> path = {};              // its files in load order, absolute
  std::vector<std::string> process = {};           // globs; whose denials are its own
  std::map<std::string, std::string> params = {};  // -D
  std::vector<std::string> import_dirs = {};
  std::string macos = {};                          // empty: the newest known
  bool generalize = false;
  bool auto_apply = false;
  bool operator==(const ProfileSettings&) const = default;
};

struct Config {
  // [store]
  std::string database;
  std::int64_t keep_days = 90;
  std::int64_t keep_megabytes = 1024;
  // [log]: our own
  std::string log_file;
  std::string log_level = "info";
  std::int64_t log_megabytes = 5;
  std::int64_t log_files = 3;
  // [source]: the system's log
  std::string tool = "/usr/bin/log";
  std::string level = "default";
  std::int64_t heartbeat_ms = 20'000;
  std::int64_t heartbeat_limit_ms = 5'000;
  std::int64_t restart_min_ms = 1'000;
  std::int64_t restart_max_ms = 60'000;
  std::int64_t queue_megabytes = 8;
  std::string heartbeat_file;
  // [socket]
  std::string socket;
  std::int64_t clients = 256;
  std::int64_t client_kilobytes = 1024;
  // [watch]
  std::int64_t recent_records = 20'000;
  // [proposals]
  std::int64_t proposal_quiet_ms = 2'000;
  std::int64_t proposal_spacing_ms = 30'000;
  std::int64_t auto_apply_minutes = 60;
  // [[profile]]
  std::vector<ProfileSettings> profiles;

  bool operator==(const Config&) const = default;
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] std::optional<std::string> ProcessEnvironment(const std::string& name);

// The usual places on this system, below the user's home.
[[nodiscard]] base::Result<Config> Defaults(const Environment& environment);
// $SBTUNE_CONFIG, else the usual place.
[[nodiscard]] base::Result<std::string> DefaultFile(const Environment& environment);

// Reads the text over `defaults`. Errors: "NAME:LINE: SECTION.KEY …".
[[nodiscard]] base::Result<Config> Parse(std::string_view text, const std::string& name, const Config& defaults);
// The same from a file; an absent file is `defaults`.
[[nodiscard]] base::Result<Config> Load(const std::string& file, const Config& defaults);

// All keys as a TOML file, each with a comment, and with the values of `config`.
[[nodiscard]] std::string Describe(const Config& config);

}  // namespace sbtune::config
