#include "profiles/sbpl/load/preprocess.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <vector>

#include "profiles/sbpl/load/condition.h"
#include "profiles/sbpl/load/wrapping.h"

namespace sbtune::sbpl {
namespace {

constexpr std::size_t kMostNested = 200;

struct Directive {
  std::string_view word;  // "if", "else", …; empty when the line is none
  std::string_view rest;
};

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

Directive ReadDirective(std::string_view line) {
  constexpr std::string_view kWords[] = {"if", "ifdef", "ifndef", "else", "elif", "endif", "include"};
  line = Trimmed(line);
  if (!line.starts_with('#')) return {};
  line = Trimmed(line.substr(1));
  const std::size_t end = std::min(line.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), line.size());
  const std::string_view word = line.substr(0, end);
  if (std::find(std::begin(kWords), std::end(kWords), word) == std::end(kWords)) return {};
  return {word, Trimmed(line.substr(end))};
}

void Blank(std::string& text, std::size_t begin, std::size_t length) {
  for (std::size_t i = begin; i < begin + length; ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

ConditionNames ReadDefines(std::span<const std::string> defines) {
  ConditionNames names;
  for (const std::string& define : defines) {
    const std::size_t equals = define.find('=');
    std::string name;
    for (const char c : define.substr(0, equals)) {
      if (c != ' ') name += c;
    }
    std::int64_t value = 1;
    if (equals != std::string::npos) {
      value = 0;
      std::from_chars(define.data() + equals + 1, define.data() + define.size(), value);
    }
    names.defined[name] = value;
  }
  return names;
}

class Preprocessor {
 public:
  Preprocessor(std::string_view text, base::SourceId source, std::span<const std::string> defines,
               base::Diagnostics& diagnostics)
      : text_(text), out_(text), source_(source), have_defines_(!defines.empty()), names_(ReadDefines(defines)),
        diagnostics_(diagnostics) {}

  std::string Run() {
    if (const std::optional<Wrapping> wrapping = FindWrapping(text_)) TakeOff(*wrapping);
    for (std::size_t begin = 0; begin < text_.size() && !failed_;) {
      const std::size_t newline = std::min(text_.find('\n', begin), text_.size());
      Line(begin, newline - begin);
      begin = newline + 1;
    }
    if (!failed_ && !branches_.empty()) {
      Mistake("this condition has no #endif", branches_.back().begin, branches_.back().length);
    }
    if (!failed_) TellMissed();
    return std::move(out_);
  }

 private:
  struct Branch {
    std::size_t begin;  // the #if line
    std::size_t length;
    bool outer_active;
    bool active;
    bool taken;      // one of its branches was selected
    bool else_seen;
  };

  [[nodiscard]] bool Active() const { return branches_.empty() || branches_.back().active; }

  void Line(std::size_t begin, std::size_t length) {
    const Directive directive = ReadDirective(text_.substr(begin, length));
    if (directive.word.empty()) {
      if (!Active()) Blank(out_, begin, length);
      return;
    }
    if (directive.word == "include") {
      Include(directive, begin, length);
    } else if (directive.word.starts_with("if")) {
      Blank(out_, begin, length);
      Open(directive, begin, length);
    } else {
      Blank(out_, begin, length);
      Continue(directive, begin, length);
    }
  }

  void Open(const Directive& directive, std::size_t begin, std::size_t length) {
    if (!have_defines_) {
      diagnostics_.Error("preprocessor", fmt::format("this file is written for the C preprocessor (#{})", directive.word),
                         Range(begin, length),
                         "say what is defined with --define, for example --define 'PLATFORM(MAC)' --define "
                         "__MAC_OS_X_VERSION_MIN_REQUIRED=140000; what is not defined is 0");
      failed_ = true;
      return;
    }
    if (branches_.size() >= kMostNested) return Mistake("conditions are nested too deep", begin, length);
    if (!first_condition_) first_condition_ = Range(begin, length);
    const bool holds = Holds(directive, begin, length);
    branches_.push_back({begin, length, Active(), Active() && holds, holds, false});
  }

  void Continue(const Directive& directive, std::size_t begin, std::size_t length) {
    if (branches_.empty()) {
      return Mistake(fmt::format("#{} without #if", directive.word), begin, length);
    }
    Branch& branch = branches_.back();
    if (directive.word == "endif") return branches_.pop_back();
    if (branch.else_seen) return Mistake(fmt::format("#{} after #else", directive.word), begin, length);
    const bool is_else = directive.word == "else";
    const bool holds = is_else || Holds(directive, begin, length);
    branch.else_seen = is_else;
    branch.active = branch.outer_active && !branch.taken && holds;
    branch.taken = branch.taken || holds;
  }

  bool Holds(const Directive& directive, std::size_t begin, std::size_t length) {
    if (directive.word == "ifdef" || directive.word == "ifndef") {
      const bool defined = names_.defined.contains(directive.rest);
      if (!defined) names_.missed.emplace(directive.rest);
      return defined == (directive.word == "ifdef");
    }
    const base::Result<bool> holds = EvaluateCondition(directive.rest, names_);
    if (holds) return *holds;
    Mistake(holds.error().message, begin, length);
    return false;
  }

  // `#include "x"` and `(import "x")` are equally long.
  void Include(const Directive& directive, std::size_t begin, std::size_t length) {
    Blank(out_, begin, length);
    if (!Active()) return;
    const std::size_t quote = directive.rest.find_first_of("\"<");
    const std::size_t close = directive.rest.find_first_of("\">", quote + 1);
    if (quote != 0 || close == std::string_view::npos) {
      return Mistake("#include needs a name in quotes", begin, length);
    }
    const std::string form = fmt::format("(import \"{}\")", directive.rest.substr(1, close - 1));
    const std::size_t hash = text_.find('#', begin);
    if (form.size() > begin + length - hash) return Mistake("#include needs a blank before the name", begin, length);
    out_.replace(hash, form.size(), form);
  }

  // Everything but the profile becomes blank.
  void TakeOff(const Wrapping& wrapping) {
    std::size_t end = 0;
    for (const Wrapping::Piece& piece : wrapping.pieces) {
      Blank(out_, end, piece.begin - end);
      end = piece.begin + piece.length;
    }
    Blank(out_, end, text_.size() - end);
    kept_ = out_;
    text_ = kept_;
    if (wrapping.others == 0) return;
    const Wrapping::Piece& first = wrapping.pieces.front();
    diagnostics_.Add({base::Severity::kNote, "wrapped-profile",
                      fmt::format("this file holds {} more raw string{}; only this one is read", wrapping.others,
                                  wrapping.others == 1 ? "" : "s"),
                      Range(first.begin, std::min<std::size_t>(first.length, 1)),
                      "put another one into a file of its own to read it", {}});
  }

  void TellMissed() {
    if (names_.missed.empty()) return;
    std::string list;
    for (const std::string& name : names_.missed) list += (list.empty() ? "" : ", ") + name;
    diagnostics_.Add({base::Severity::kNote, "preprocessor-undefined",
                      fmt::format("not defined, taken as 0 in #if lines: {}", list), *first_condition_, "", {}});
  }

  void Mistake(std::string message, std::size_t begin, std::size_t length) {
    if (failed_) return;
    diagnostics_.Error("preprocessor", std::move(message), Range(begin, length));
    failed_ = true;
  }

  [[nodiscard]] base::SourceRange Range(std::size_t begin, std::size_t length) const {
    return {source_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(length)};
  }

  std::string_view text_;
  std::string out_;
  std::string kept_;  // what text_ shows, when something was taken off
  base::SourceId source_;
  bool have_defines_;
  ConditionNames names_;
  base::Diagnostics& diagnostics_;
  std::vector<Branch> branches_;
  std::optional<base::SourceRange> first_condition_;
  bool failed_ = false;
};

}  // namespace

std::string Preprocess(std::string_view text, base::SourceId source, std::span<const std::string> defines,
                       base::Diagnostics& diagnostics) {
  return Preprocessor(text, source, defines, diagnostics).Run();
}

}  // namespace sbtune::sbpl
