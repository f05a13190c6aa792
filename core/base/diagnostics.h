// What is wrong with a text that the user wrote, with the place, a caret and a hint.
//
//   profile.sb:3:8: error: unknown operation 'file-raed*'
//     (allow file-raed* (literal "/etc/hosts"))
//            ^~~~~~~~~~
//     hint: did you mean 'file-read*'?
//
// Collected, not thrown: a reader may report several before it gives up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/source.h"

namespace sbtune::base {

enum class Severity { kError, kWarning, kNote };

struct Frame {  // one step of the way by which the evaluator came to the place
  SourceRange range;
  std::string what;  // "called from", "imported from"
  bool operator==(const Frame&) const = default;
};

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;     // stable, kebab-case: "unknown-operation"
  std::string message;  // one sentence, no full stop, names the offending word
  SourceRange range;
  std::string hint;           // what to do next; may be empty
  std::vector<Frame> frames;  // innermost first
  bool operator==(const Diagnostic&) const = default;
};

class Diagnostics {
 public:
  void Add(Diagnostic diagnostic) { items_.push_back(std::move(diagnostic)); }
  void Error(std::string code, std::string message, SourceRange range, std::string hint = "");
  void Warning(std::string code, std::string message, SourceRange range, std::string hint = "");

  [[nodiscard]] bool HasErrors() const;
  [[nodiscard]] const std::vector<Diagnostic>& items() const { return items_; }

 private:
  std::vector<Diagnostic> items_;
};

// The text form shown above, newline-terminated, with every control byte of the source line escaped.
[[nodiscard]] std::string Render(const Diagnostic& diagnostic, const SourceMap& sources);
// The source line with carets under `range`, two lines, indented by two; empty without a source.
[[nodiscard]] std::string RenderCaret(SourceRange range, const SourceMap& sources);

}  // namespace sbtune::base
