#include "cli/run_environment.h"

#include <algorithm>
#include <array>
#include <string_view>

extern char** environ;

namespace sbtune::cli {
namespace {

constexpr std::array<std::string_view, 9> kKept = {"HOME", "LANG", "LOGNAME", "PATH", "SHELL",
                                                   "TERM", "TMPDIR", "TZ", "USER"};

std::string_view NameOf(std::string_view variable) { return variable.substr(0, variable.find('=')); }

bool IsKept(std::string_view name) {
  return name.starts_with("LC_") || std::find(kKept.begin(), kKept.end(), name) != kKept.end();
}

}  // namespace

base::Result<std::vector<std::string>> MakeEnvironment(std::span<const std::string> current, StartWith start,
                                                       std::span<const std::string> settings) {
  std::vector<std::string> made;
  for (const std::string& variable : current) {
    if (start == StartWith::kEverything || IsKept(NameOf(variable))) made.push_back(variable);
  }
  for (const std::string& setting : settings) {
    const std::string_view name = NameOf(setting);
    if (name.empty()) return base::Fail("--env needs NAME or NAME=VALUE, not " + setting);
    std::string value = setting;
    if (name.size() == setting.size()) {
      const auto found = std::find_if(current.begin(), current.end(),
                                      [&](const std::string& variable) { return NameOf(variable) == name; });
      if (found == current.end()) return base::Fail("--env " + setting + ": there is no such variable here; give NAME=VALUE");
      value = *found;
    }
    std::erase_if(made, [&](const std::string& variable) { return NameOf(variable) == name; });
    made.push_back(std::move(value));
  }
  return made;
}

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) variables.emplace_back(*variable);
  return variables;
}

}  // namespace sbtune::cli
