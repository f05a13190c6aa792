// The written form of a rule, part by part, so that a filter can be put beside the others. Nothing is evaluated.
//
//   (allow file-read*            ; head "allow"
//     (literal "/a" "/b")        ; a list, head "literal", two arguments, all strings
//     my-filter)                 ; a symbol
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/source.h"

namespace sbtune::sbpl {

struct FormPart {
  enum class Kind { kList, kSymbol, kOther };
  Kind kind = Kind::kOther;
  std::string word;                           // the symbol, or the symbol that a list begins with
  base::SourceRange range;
  std::vector<base::SourceRange> arguments;   // of a list: what stands after its head
  bool only_strings = false;                  // of a list: every argument is a string literal
};

struct RuleForm {
  base::SourceRange range;
  std::string head;
  std::vector<FormPart> parts;  // after the head
};

// Nothing when the text at `range` is not a proper list that begins with a symbol.
[[nodiscard]] std::optional<RuleForm> ReadRuleForm(const base::SourceMap& sources, base::SourceRange range);

}  // namespace sbtune::sbpl
