#include "daemon/config/config.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "daemon/config/keys.h"
#include "daemon/config/platform/places.h"

namespace sbtune::config {
namespace {

constexpr std::size_t kMaxFile = 1u << 20;
constexpr std::size_t kMaxProfiles = 64;

base::Result<std::string> Home(const Environment& environment) {
  const std::optional<std::string> home = environment("HOME");
  if (!home || home->empty()) return base::Fail("HOME is not set; set it to the home of your account");
  return *home;
}

std::unexpected<base::Error> Wrong(const std::string& name, const toml::source_region& where, const std::string& what) {
  return base::Fail(fmt::format("{}:{}: {}", name, where.begin.line, what));
}

std::string Hint(std::string_view word, const std::vector<std::string_view>& known) {
  const auto near = base::NearestName(word, known);
  return near ? fmt::format("; did you mean {}?", *near) : "; `sbtuned --print-config` lists what there is";
}

bool IsChoice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t bar = choices.find('|');
    if (choices.substr(0, bar) == value) return true;
    choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
  }
  return false;
}

std::string ExpandHome(const std::string& text) {
  return text.starts_with("~/") ? ProcessEnvironment("HOME").value_or("~") + text.substr(1) : text;
}

std::string NotAbsolute(const std::string& text) {
  return fmt::format("must begin with / or ~/, which \"{}\" does not", text);
}

// What is wrong with the value, or nothing; `config` gets it.
std::optional<std::string> Take(const Key& key, const toml::node& node, Config& config) {
  if (const TextKey* text = std::get_if<TextKey>(&key.kind)) {
    const auto value = node.value_exact<std::string>();
    if (!value) return "must be a text in quotes";
    if (!text->choices.empty() && !IsChoice(text->choices, *value)) {
      std::string choices;
      for (const char c : text->choices) choices += c == '|' ? std::string(", ") : std::string(1, c);
      return fmt::format("must be one of {}", choices);
    }
    std::string& member = config.*text->member;
    // The daemon's folder is nobody's idea of a place. What is empty by default may be empty.
    const std::string path = ExpandHome(*value);
    const bool unset = path.empty() && member.empty();
    if (text->choices.empty() && !path.starts_with('/') && !unset) return NotAbsolute(*value);
    if (path.find('\0') != std::string::npos) return "must not hold a character NUL";
    member = path;
    return std::nullopt;
  }
  const NumberKey& number = std::get<NumberKey>(key.kind);
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < number.min || *value > number.max) {
    return fmt::format("must be a whole number from {} to {}", number.min, number.max);
  }
  config.*number.member = *value;
  return std::nullopt;
}

const Key* FindKey(std::string_view section, std::string_view name) {
  for (const Key& key : Keys()) {
    if (key.section == section && key.name == name) return &key;
  }
  return nullptr;
}

base::Status ReadSection(std::string_view section, const toml::table& table, const std::string& name, Config& config) {
  std::vector<std::string_view> known;
  for (const Key& key : Keys()) {
    if (key.section == section) known.push_back(key.name);
  }
  for (const auto& [word, node] : table) {
    const std::string path = fmt::format("{}.{}", section, word.str());
    const Key* key = FindKey(section, word.str());
    if (key == nullptr) {
      return Wrong(name, word.source(), fmt::format("there is no key {}{}", path, Hint(word.str(), known)));
    }
    if (const auto wrong = Take(*key, node, config)) return Wrong(name, node.source(), path + " " + *wrong);
  }
  return {};
}

// Absolute, because the daemon's folder is nobody's idea of a place; nothing when it is not.
std::optional<std::string> AbsolutePath(const std::string& text) {
  const std::string path = ExpandHome(text);
  return path.starts_with('/') ? std::optional(std::filesystem::path(path).lexically_normal().string()) : std::nullopt;
}

std::optional<std::string> TakeTexts(const ProfileKey& key, const toml::node& node, std::vector<std::string>& texts) {
  constexpr const char* kWanted = "must be a text in quotes or a list of such texts";
  texts.clear();
  if (const auto one = node.value_exact<std::string>()) {
    texts.push_back(*one);
  } else if (const toml::array* list = node.as_array()) {
    for (const toml::node& entry : *list) {
      const auto text = entry.value_exact<std::string>();
      if (!text) return kWanted;
      texts.push_back(*text);
    }
  } else {
    return kWanted;
  }
  if (key.name == "process") return std::nullopt;
  for (std::string& text : texts) {
    const auto path = AbsolutePath(text);
    if (!path) return NotAbsolute(text);
    text = *path;
  }
  return std::nullopt;
}

std::optional<std::string> TakePairs(const toml::node& node, std::map<std::string, std::string>& pairs) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return "must be a table: {NAME = \"value\"}";
  pairs.clear();
  for (const auto& [name, value] : *table) {
    const auto text = value.value_exact<std::string>();
    if (!text) return fmt::format("must give {} a text in quotes", name.str());
    pairs.insert_or_assign(std::string(name.str()), *text);
  }
  return std::nullopt;
}

std::optional<std::string> TakeOfProfile(const ProfileKey& key, const toml::node& node, ProfileSettings& profile) {
  if (const TextsKey* texts = std::get_if<TextsKey>(&key.kind)) return TakeTexts(key, node, profile.*texts->member);
  if (const PairsKey* pairs = std::get_if<PairsKey>(&key.kind)) return TakePairs(node, profile.*pairs->member);
  if (const ProfileTextKey* text = std::get_if<ProfileTextKey>(&key.kind)) {
    const auto value = node.value_exact<std::string>();
    if (!value) return "must be a text in quotes";
    profile.*text->member = *value;
    return std::nullopt;
  }
  const auto value = node.value_exact<bool>();
  if (!value) return "must be true or false";
  profile.*std::get<FlagKey>(key.kind).member = *value;
  return std::nullopt;
}

base::Result<ProfileSettings> ReadProfile(const toml::table& table, const std::string& name) {
  std::vector<std::string_view> known;
  for (const ProfileKey& key : ProfileKeys()) known.push_back(key.name);
  ProfileSettings profile;
  for (const auto& [word, node] : table) {
    const auto key = std::ranges::find(ProfileKeys(), word.str(), &ProfileKey::name);
    if (key == ProfileKeys().end()) {
      return Wrong(name, word.source(), fmt::format("there is no key profile.{}{}", word.str(), Hint(word.str(), known)));
    }
    if (const auto wrong = TakeOfProfile(*key, node, profile)) {
      return Wrong(name, node.source(), fmt::format("profile.{} {}", key->name, *wrong));
    }
  }
  if (profile.path.empty()) return Wrong(name, table.source(), "[[profile]] needs a path");
  if (profile.process.empty()) {
    return Wrong(name, table.source(), "[[profile]] needs a process: whose denials are this profile's own");
  }
  return profile;
}

base::Status ReadProfiles(const toml::node& node, const std::string& name, Config& config) {
  const toml::array* list = node.as_array();
  if (list == nullptr) return Wrong(name, node.source(), "profiles are written as tables under [[profile]]");
  config.profiles.clear();
  for (const toml::node& entry : *list) {
    const toml::table* table = entry.as_table();
    if (table == nullptr) return Wrong(name, entry.source(), "profiles are written as tables under [[profile]]");
    auto profile = ReadProfile(*table, name);
    if (!profile) return std::unexpected(profile.error());
    const bool twice = std::ranges::any_of(
        config.profiles, [&](const ProfileSettings& other) { return other.path.front() == profile->path.front(); });
    if (twice) return Wrong(name, table->source(), profile->path.front() + " has a [[profile]] already");
    if (config.profiles.size() == kMaxProfiles) {
      return Wrong(name, table->source(), fmt::format("there may be no more than {} profiles", kMaxProfiles));
    }
    config.profiles.push_back(*std::move(profile));
  }
  return {};
}

// Debian builds the library with exceptions; none of them leaves this function.
base::Result<toml::table> ParseToml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return Wrong(name, error.source(), std::string(error.description()));
  }
}

// The place of the first of these keys that the file sets; none, when what is wrong stands in no file.
std::string PlaceOf(const std::string& name, const toml::table& file, std::string_view section, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const toml::node* node = file[section][key].node()) return fmt::format("{}:{}", name, node->source().begin.line);
  }
  return name;
}

base::Status CheckTogether(const std::string& name, const toml::table& file, const Config& config) {
  if (config.restart_min_ms > config.restart_max_ms) {
    return base::Fail(fmt::format("{}: source.restart_min_ms must not be greater than source.restart_max_ms ({} and {})",
                                  PlaceOf(name, file, "source", {"restart_min_ms", "restart_max_ms"}), config.restart_min_ms,
                                  config.restart_max_ms));
  }
  // The system's limit for the path of a socket; 104 with the closing zero on macOS, a little more elsewhere.
  if (config.socket.size() > 103) {
    return base::Fail(fmt::format("{}: socket.path is {} bytes long, a socket's path may have 103; choose a shorter one",
                                  PlaceOf(name, file, "socket", {"path"}), config.socket.size()));
  }
  return {};
}

}  // namespace

std::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  // A cleaned environment has no HOME; the account has.
  if (const passwd* account = value == nullptr && name == "HOME" ? ::getpwuid(::geteuid()) : nullptr) value = account->pw_dir;
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

base::Result<Config> Defaults(const Environment& environment) {
  const base::Result<std::string> home = Home(environment);
  if (!home) return std::unexpected(home.error());
  const platform::Places places = platform::UsualPlaces(*home, environment);
  Config config;
  const std::optional<std::string> database = environment("SBTUNE_DB");
  config.database = database && !database->empty() ? *database : places.state + "/sbtune.db";
  config.log_file = places.logs + "/sbtuned.log";
  config.socket = places.state + "/run/sbtuned.sock";
  return config;
}

base::Result<std::string> DefaultFile(const Environment& environment) {
  if (const auto chosen = environment("SBTUNE_CONFIG"); chosen && !chosen->empty()) return *chosen;
  const base::Result<std::string> home = Home(environment);
  if (!home) return std::unexpected(home.error());
  return platform::UsualPlaces(*home, environment).settings + "/sbtuned.toml";
}

base::Result<Config> Parse(std::string_view text, const std::string& name, const Config& defaults) {
  const base::Result<toml::table> parsed = ParseToml(text, name);
  if (!parsed) return std::unexpected(parsed.error());
  Config config = defaults;
  std::vector<std::string_view> sections;
  for (const Key& key : Keys()) sections.push_back(key.section);
  sections.push_back("profile");
  for (const auto& [word, node] : *parsed) {
    if (word.str() == "profile") {
      if (base::Status read = ReadProfiles(node, name, config); !read) return std::unexpected(read.error());
      continue;
    }
    const bool known = std::find(sections.begin(), sections.end(), word.str()) != sections.end();
    if (!known) return Wrong(name, word.source(), fmt::format("there is no section [{}]{}", word.str(), Hint(word.str(), sections)));
    const toml::table* table = node.as_table();
    if (table == nullptr) return Wrong(name, node.source(), fmt::format("[{}] is a section, not a key", word.str()));
    if (base::Status read = ReadSection(word.str(), *table, name, config); !read) return std::unexpected(read.error());
  }
  if (base::Status checked = CheckTogether(name, *parsed, config); !checked) return std::unexpected(checked.error());
  return config;
}

base::Result<Config> Load(const std::string& file, const Config& defaults) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 && errno == ENOENT) return Parse("", file, defaults);
  const base::Result<std::string> text = base::ReadFile(file, kMaxFile);
  if (!text) return std::unexpected(text.error().Within("the configuration"));
  return Parse(*text, file, defaults);
}

namespace {

std::string Quoted(const std::string& text) { return (std::ostringstream() << toml::value(text)).str(); }

std::string ValueOf(const ProfileKey& key, const ProfileSettings& profile) {
  if (const FlagKey* flag = std::get_if<FlagKey>(&key.kind)) return profile.*flag->member ? "true" : "false";
  if (const ProfileTextKey* text = std::get_if<ProfileTextKey>(&key.kind)) return Quoted(profile.*text->member);
  std::string out;
  if (const TextsKey* texts = std::get_if<TextsKey>(&key.kind)) {
    for (const std::string& text : profile.*texts->member) out += (out.empty() ? "" : ", ") + Quoted(text);
    return "[" + out + "]";
  }
  for (const auto& [name, value] : profile.*std::get<PairsKey>(key.kind).member) {
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", Quoted(name), Quoted(value));
  }
  return "{" + out + "}";
}

// Without profiles the keys stand there as comments.
std::string DescribeProfiles(const std::vector<ProfileSettings>& profiles) {
  std::string out = "\n# A table for each profile whose proposal is kept current, for `sbtune proposals`; none by default.\n";
  const std::string_view mark = profiles.empty() ? "# " : "";
  const std::vector<ProfileSettings> shown = profiles.empty() ? std::vector<ProfileSettings>(1) : profiles;
  for (const ProfileSettings& profile : shown) {
    out += fmt::format("{}[[profile]]\n", mark);
    for (const ProfileKey& key : ProfileKeys()) {
      out += fmt::format("# {}\n{}{} = {}\n", key.meaning, mark, key.name, ValueOf(key, profile));
    }
  }
  return out;
}

}  // namespace

std::string Describe(const Config& config) {
  std::string out = "# sbtuned's configuration. Every key may be left out; these are the values in force.\n";
  std::string_view section;
  for (const Key& key : Keys()) {
    if (key.section != section) out += fmt::format("\n[{}]\n", section = key.section);
    out += fmt::format("# {}", key.meaning);
    if (const TextKey* text = std::get_if<TextKey>(&key.kind)) {
      if (!text->choices.empty()) out += fmt::format(" One of {}.", text->choices);
      out += fmt::format("\n{} = {}\n", key.name, (std::ostringstream() << toml::value(config.*text->member)).str());
    } else {
      const NumberKey& number = std::get<NumberKey>(key.kind);
      out += fmt::format(" {} to {}.\n{} = {}\n", number.min, number.max, key.name, config.*number.member);
    }
  }
  return out + DescribeProfiles(config.profiles);
}

}  // namespace sbtune::config
