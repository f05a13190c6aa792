#include "core/base/diagnostics.h"

#include <algorithm>

#include "core/base/text.h"

namespace sbtune::base {
namespace {

constexpr std::size_t kShownColumns = 160;  // longer source lines are cut around the caret

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError: return "error";
    case Severity::kWarning: return "warning";
    case Severity::kNote: return "note";
  }
  return "error";
}

}  // namespace

void Diagnostics::Error(std::string code, std::string message, SourceRange range, std::string hint) {
  Add({Severity::kError, std::move(code), std::move(message), range, std::move(hint), {}});
}

void Diagnostics::Warning(std::string code, std::string message, SourceRange range, std::string hint) {
  Add({Severity::kWarning, std::move(code), std::move(message), range, std::move(hint), {}});
}

bool Diagnostics::HasErrors() const {
  return std::any_of(items_.begin(), items_.end(),
                     [](const Diagnostic& item) { return item.severity == Severity::kError; });
}

std::string RenderCaret(SourceRange range, const SourceMap& sources) {
  if (range.source == kNoSource) return "";
  std::string_view line = sources.LineAt(range.source, range.offset);
  std::size_t column = sources.Locate(range.source, range.offset).column - 1;
  std::string lead;
  if (column > kShownColumns / 2) {
    const std::size_t cut = column - kShownColumns / 2;
    line.remove_prefix(cut);
    column -= cut;
    lead = "...";
  }
  const std::size_t width = std::min<std::size_t>(range.length, line.size() - column);
  const std::string_view shown = line.substr(0, kShownColumns);
  const std::string before = lead + EscapeForTerminal(shown.substr(0, std::min(column, shown.size())));
  std::string marked;
  if (column < shown.size()) marked = EscapeForTerminal(shown.substr(column, width));
  std::string out = "  " + lead + EscapeForTerminal(shown);
  if (shown.size() < line.size()) out += "...";
  out += "\n  " + std::string(before.size(), ' ') + "^";
  if (marked.size() > 1) out += std::string(marked.size() - 1, '~');
  return out + "\n";
}

std::string Render(const Diagnostic& diagnostic, const SourceMap& sources) {
  std::string out;
  if (diagnostic.range.source != kNoSource) {
    out += EscapeForTerminal(sources.Where(diagnostic.range)) + ": ";
  }
  out += std::string(SeverityName(diagnostic.severity)) + ": " + EscapeForTerminal(diagnostic.message) + "\n";
  out += RenderCaret(diagnostic.range, sources);
  for (const Frame& frame : diagnostic.frames) {
    out += "  " + frame.what + " " + EscapeForTerminal(sources.Where(frame.range)) + "\n";
  }
  if (!diagnostic.hint.empty()) out += "  hint: " + EscapeForTerminal(diagnostic.hint) + "\n";
  return out;
}

}  // namespace sbtune::base
