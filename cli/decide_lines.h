// The line form of `sbtune decide`: "operation TAB target", one question a line.
//
//   base::Result<Question> question = ReadQuestion("file-read-data\t/tmp/a\\tb");
//   // question->target == "/tmp/a<TAB>b"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace sbtune::cli {

struct Question {
  std::string operation;
  std::optional<std::string> target;  // absent: the line has no tab
};

// In a target \t is a tab, \n a newline and \\ a backslash; any other backslash stands for itself, so that a log's
// target can be pasted as it is. Fails on an empty operation and on a second tab.
[[nodiscard]] base::Result<Question> ReadQuestion(std::string_view line);

// The same spelling the other way: tab, newline and backslash escaped.
[[nodiscard]] std::string SpellField(std::string_view bytes);

}  // namespace sbtune::cli
