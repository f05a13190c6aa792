#include "cli/review/screen.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/suggest_report.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kShown = 8;  // lines of a list

std::string Plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", base::GroupDigits(count), noun, count == 1 ? "" : "s");
}

std::string Lines(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, lines.size()); ++i) text += "    " + base::EscapeForTerminal(lines[i]) + "\n";
  if (lines.size() > kShown) text += fmt::format("    ... and {} more\n", base::GroupDigits(lines.size() - kShown));
  return text;
}

std::size_t Count(const Dialogue& dialogue, std::optional<store::Answer> answer) {
  return static_cast<std::size_t>(std::count_if(dialogue.choices().begin(), dialogue.choices().end(),
                                                [&](const Choice& choice) { return choice.answer == answer; }));
}

std::string Answered(const Choice& choice) {
  if (!choice.answer) return "";
  const std::string reason = choice.reason.empty() ? "" : ": " + base::EscapeForTerminal(choice.reason);
  return fmt::format("  Answered: {}{}\n", store::Name(*choice.answer), reason);
}

std::string Suggestion(const Dialogue& dialogue) {
  const Item& item = dialogue.items()[dialogue.at()];
  const Choice& choice = dialogue.choices()[dialogue.at()];
  const Rung& rung = item.ladder[choice.rung];
  std::string text = fmt::format("Suggestion {} of {}: {}{}\n", dialogue.at() + 1, dialogue.items().size(),
                                 Plural(item.denials.size(), "denial"),
                                 item.runs == 0 ? "" : " in " + Plural(item.runs, "run"));
  text += Lines(item.denials);
  text += fmt::format("  Width {} of {}, {}:\n    {}\n", choice.rung + 1, item.ladder.size(), rung.step,
                      base::EscapeForTerminal(rung.rule));
  text += fmt::format("  Risk: {}{}\n", rung.risk,
                      rung.risk_reason.empty() ? "" : " (" + base::EscapeForTerminal(rung.risk_reason) + ")");
  text += rung.opens.empty() ? "  Opens nothing else.\n" : "  Opens beside these:\n" + Lines(rung.opens);
  if (!rung.leaves.empty()) text += "  Leaves denied:\n" + Lines(rung.leaves);
  return text + Answered(choice);
}

}  // namespace

std::string View(const Dialogue& dialogue) {
  if (dialogue.state() == State::kFinished) return "Finished.\n";
  if (dialogue.state() == State::kQuit) return "Left; nothing is remembered and nothing proposed.\n";
  if (dialogue.state() == State::kDiff) {
    return (dialogue.diff().empty() ? "Nothing would change so far.\n" : ShowText(dialogue.diff())) + "\nAny key goes back.\n";
  }
  std::string text = Suggestion(dialogue);
  text += fmt::format("\n{} allowed, {} denied, {} ignored, {} open\n", Count(dialogue, store::Answer::kAllow),
                      Count(dialogue, store::Answer::kDeny), Count(dialogue, store::Answer::kIgnore),
                      Count(dialogue, std::nullopt));
  if (dialogue.state() == State::kReason) {
    return text + "Why? (Enter ends, Escape takes it back) " + base::EscapeForTerminal(dialogue.typed()) + "\n";
  }
  const std::string note = dialogue.note().empty() ? "" : base::EscapeForTerminal(dialogue.note()) + "\n";
  if (dialogue.state() == State::kEdit) {
    return text + note + "Rule (Enter takes it, Ctrl-U clears the line, Escape leaves it) " + base::EscapeForTerminal(dialogue.typed()) + "\n";
  }
  if (dialogue.state() == State::kSure) {
    return text + base::EscapeForTerminal(dialogue.pending()->warning) + " Take it? (y; any other key leaves it)\n";
  }
  text += "a allow  d deny  i ignore  n narrower  w wider  e edit  j next  k previous  v view diff  u undo  f finish  q quit\n";
  return text + note;
}

std::string ViewWithCursor(const Dialogue& dialogue) {
  std::string text = View(dialogue);
  if (dialogue.state() != State::kReason && dialogue.state() != State::kEdit) return text;
  TypedLine line = dialogue.line();
  const std::string behind = base::EscapeForTerminal(line.text().substr(line.cursor()));
  line.Press(TypedLine::kDelete);
  const std::string rest = base::EscapeForTerminal(line.text().substr(line.cursor()));
  const std::string at = behind.empty() ? " " : behind.substr(0, behind.size() - rest.size());
  text.resize(text.size() - 1 - behind.size());  // its line break
  return text + "\x1b[7m" + at + "\x1b[27m" + rest + "\n";
}

}  // namespace sbtune::cli
