#include "daemon/live/failure.h"

#include <fmt/format.h>

namespace sbtune::live {
namespace {

constexpr std::size_t kShownBytes = 200;

std::string_view FirstLine(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  text.remove_prefix(begin);
  return text.substr(0, text.find_first_of("\r\n")).substr(0, kShownBytes);
}

bool Says(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

}  // namespace

Failure ClassifyExit(base::ExitStatus status, std::string_view stderr_text) {
  if (status.code == 77 || Says(stderr_text, "Must be admin")) {
    return {Remedy::kUserMustAct,
            "reading the log needs an administrator account; sign in as an administrator, or ask one to run sbtuned"};
  }
  if (Says(stderr_text, "Cannot run while sandboxed")) {
    return {Remedy::kUserMustAct, "the log cannot be read from inside a sandbox; start sbtune and sbtuned outside of it"};
  }
  if (Says(stderr_text, "Bad predicate")) {
    return {Remedy::kUserMustAct,
            fmt::format("this version of macOS refuses our predicate ({}); please report it", FirstLine(stderr_text))};
  }
  const std::string_view said = FirstLine(stderr_text);
  const std::string how = base::Describe(status);
  return {Remedy::kRetry, said.empty() ? fmt::format("the log tool ended ({})", how)
                                       : fmt::format("the log tool ended ({}): {}", how, said)};
}

}  // namespace sbtune::live
