// The flat list that evaluating a profile yields: rules with their filters and modifiers, in file order, each
// knowing where it came from. This is the border between the language (reader, evaluator) and everything that
// works on rules (decision engine, lint, edits, coverage).
//
// Values only. Names are canonical (aliases resolved: `literal` -> `path`); `spelled` keeps the user's word.
// Nesting of filters is limited by the loader (Limits::filter_depth), so walking them recursively is safe.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/access/record.h"
#include "core/base/diagnostics.h"
#include "core/base/source.h"

namespace sbtune::sbpl {

// One argument of a filter or modifier. A symbolic constant (`REGULAR-FILE`, `self`, `AF_UNIX`) is its number
// with the name it was written by.
struct Argument {
  std::variant<std::string, std::int64_t, bool> value;
  std::string alias;
  base::SourceRange range;  // where the value was written, through functions and variables
};

struct Filter {
  std::string name;     // canonical: "path", "subpath", "path-regex", "require-all", …
  std::string spelled;  // as written: "literal"
  std::vector<Argument> arguments;
  std::vector<Filter> subfilters;  // of require-any, require-all, require-not
  base::SourceRange range;
};

struct Rule;

struct Modifier {
  std::string name;     // canonical: "no-report", "message", …
  std::string spelled;  // "no-log"
  std::vector<Argument> arguments;
  std::vector<Rule> message_rules;  // of "message-filter"
  base::SourceRange range;
};

struct RuleOperation {
  std::string name;     // canonical: "process-exec*"
  std::string spelled;  // "process-exec"
  base::SourceRange range;
};

// (ACTION operation… filter… modifier…). Several filters mean any of them; none means unconditional.
struct Rule {
  access::Action action = access::Action::kDeny;
  std::vector<RuleOperation> operations;  // never empty
  std::vector<Filter> filters;
  std::vector<Modifier> modifiers;
  base::SourceRange range;           // the form that made the rule
  std::vector<base::Frame> frames;   // how it was reached: calls and imports, innermost first
  bool implicit = false;             // added by the system's policy after the profile, not by the user
};

}  // namespace sbtune::sbpl
