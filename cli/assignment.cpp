#include "cli/assignment.h"

#include <fmt/format.h>

namespace sbtune::cli {

base::Result<std::pair<std::string, std::string>> SplitAssignment(const std::string& text, std::string_view option) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) {
    return base::Fail(fmt::format("{} needs NAME=VALUE, not \"{}\"", option, text));
  }
  return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace sbtune::cli
