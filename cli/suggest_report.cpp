#include "cli/suggest_report.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/text.h"
#include "profiles/catalog/places.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kShown = 20;  // entries of a list; --json has all

std::string Plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", base::GroupDigits(count), noun, count == 1 ? "" : "s");
}

void AppendMore(std::string& out, std::size_t count) {
  if (count > kShown) out += fmt::format("  ... and {} more; --json lists all\n", base::GroupDigits(count - kShown));
}

class TextReport {
 public:
  explicit TextReport(const SuggestReport& report) : report_(report), answer_(report.answer) {}

  std::string Make() {
    Summary();
    Additions();
    Grave();
    if (!answer_.suggestions.empty()) Proof();
    Rest();
    return std::move(out_);
  }

 private:
  void Summary() {
    if (answer_.denials == 0) {
      out_ += "No denials to ask about.\n";
      return;
    }
    const std::size_t remaining = CountRemaining(answer_);
    const std::size_t allowed = answer_.left.size() - remaining;
    out_ += fmt::format("{}: {} covered by {}, {} already allowed, {} left.\n", Plural(answer_.denials, "denial"),
                        base::GroupDigits(answer_.covered()), Plural(answer_.suggestions.size(), "addition"),
                        base::GroupDigits(allowed), base::GroupDigits(remaining));
    TextOnly();
    const std::vector<std::string> names = Processes();
    if (names.size() < 2) return;
    // A capture of the whole system holds denials of other profiles too, and nothing in them tells.
    out_ += fmt::format("They come from {}: {}. If not all of them run under this profile, choose with --process.\n",
                        base::GroupDigits(names.size()) + " processes", Some(names));
  }

  void TextOnly() {
    std::size_t unproven = 0;
    for (const tune::Suggestion& made : answer_.suggestions) {
      unproven += static_cast<std::size_t>(std::ranges::count_if(
          made.evidence, [&](std::size_t index) { return report_.evidence[index].text_only; }));
    }
    if (unproven == 0) return;
    out_ += fmt::format("{} of the covered come from text logs alone, which prove no origin: you vouch for them.\n",
                        base::GroupDigits(unproven));
  }

  std::vector<std::string> Processes() const {
    std::set<std::string> names;
    for (const tune::Suggestion& made : answer_.suggestions) {
      for (const std::size_t index : made.evidence) {
        const std::vector<std::string>& processes = report_.evidence[index].processes;
        names.insert(processes.begin(), processes.end());
      }
    }
    return {names.begin(), names.end()};
  }

  // "a, b, c and 4 more"
  static std::string Some(const std::vector<std::string>& names) {
    constexpr std::size_t kMost = 6;
    std::vector<std::string> shown;
    for (const std::string& name : names) {
      if (shown.size() < kMost) shown.push_back(base::EscapeForTerminal(name));
    }
    std::string list = fmt::format("{}", fmt::join(shown, ", "));
    if (names.size() > kMost) list += fmt::format(" and {} more", base::GroupDigits(names.size() - kMost));
    return list;
  }

  std::string FileOf(std::uint32_t fragment) const {
    return base::EscapeForTerminal(report_.profile.sources.Name(report_.profile.fragments[fragment]));
  }

  // Broken lines and their indentation as one blank; our own texts have no newline inside a string.
  static std::string OnOneLine(std::string_view text) {
    std::string line;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n' || text[i] == '\r') {
        i = std::min(text.find_first_not_of("\r\n \t", i), text.size()) - 1;
        line += ' ';
      } else {
        line += text[i];
      }
    }
    return line;
  }

  void Additions() {
    if (answer_.suggestions.empty()) return;
    out_ += "\nAdded:\n";
    for (std::size_t i = 0; i < std::min(kShown, answer_.suggestions.size()); ++i) Addition(answer_.suggestions[i]);
    AppendMore(out_, answer_.suggestions.size());
  }

  // Exact means what was denied, whatever it was: who denied it may have wished for the rule.
  void Grave() {
    std::vector<const tune::Suggestion*> grave;
    for (const tune::Suggestion& made : answer_.suggestions) {
      if (!made.breadth && RiskOf(made, report_).word == tune::Word::kNeeded) grave.push_back(&made);
    }
    if (grave.empty()) return;
    out_ += fmt::format("\nLook at {} before you apply: no generalised suggestion would open what {}:\n",
                        Plural(grave.size(), "addition"), grave.size() == 1 ? "it opens" : "they open");
    for (std::size_t i = 0; i < std::min(kShown, grave.size()); ++i) {
      out_ += fmt::format("  {} ({})\n", base::EscapeForTerminal(OnOneLine(grave[i]->text)),
                          base::EscapeForTerminal(RiskOf(*grave[i], report_).reason));
    }
    AppendMore(out_, grave.size());
  }

  void Addition(const tune::Suggestion& made) {
    const std::string what = base::EscapeForTerminal(OnOneLine(made.text));
    const std::string rule = what.starts_with("(allow ")
                                 ? what
                                 : fmt::format("allow {} {}", fmt::join(made.operations, " "), what);
    out_ += fmt::format("  {}:{}: {} [{}]\n", FileOf(made.fragment), made.line, rule,
                        made.merged ? "into a rule that is there" : "new rule");
    out_ += fmt::format("      covers {} ({}); without it, denied again: {}\n",
                        Plural(made.evidence.size(), "denial"), Seen(made), Returning(made));
    if (made.breadth) Breadth(*made.breadth);
    else if (const tune::RuleRisk risk = RiskOf(made, report_); risk.word == tune::Word::kNeeded) {
      out_ += fmt::format("      risk: {} ({})\n", catalog::Name(risk.risk), base::EscapeForTerminal(risk.reason));
    }
    for (const std::string& opens : made.opens) out_ += "      opens " + base::EscapeForTerminal(opens) + "\n";
    for (const std::string& rule_place : made.overrides) {
      out_ += "      overrides the deny at " + base::EscapeForTerminal(rule_place) + "\n";
    }
  }

  // "step: folder, risk: low (tool ~/.pyenv/**); of the tree opens 3 more paths for file-read-data"
  void Breadth(const tune::Breadth& breadth) {
    out_ += fmt::format("      step: {}, risk: {} ({})", breadth.step, breadth.risk,
                        base::EscapeForTerminal(breadth.risk_reason));
    std::vector<std::string> counts;
    for (const auto& [operation, count] : breadth.opened) {
      counts.push_back(fmt::format("{} for {}", Plural(count, "more path"), operation));
    }
    if (!counts.empty()) out_ += fmt::format("; of the tree opens {}", fmt::join(counts, ", "));
    out_ += '\n';
  }

  // "2 runs, 1 host"
  std::string Seen(const tune::Suggestion& made) const {
    std::vector<std::string> runs;
    std::vector<std::string> hosts;
    for (const std::size_t index : made.evidence) {
      const tune::Evidence& evidence = report_.evidence[index];
      runs.insert(runs.end(), evidence.runs.begin(), evidence.runs.end());
      hosts.insert(hosts.end(), evidence.hosts.begin(), evidence.hosts.end());
    }
    const auto distinct = [](std::vector<std::string>& names) {
      std::sort(names.begin(), names.end());
      return static_cast<std::size_t>(std::unique(names.begin(), names.end()) - names.begin());
    };
    std::string seen = Plural(distinct(runs), "run");
    if (const std::size_t count = distinct(hosts); count > 0) seen += ", " + Plural(count, "host");
    return seen;
  }

  std::string Returning(const tune::Suggestion& made) const {
    std::vector<std::string> names;
    for (const std::size_t index : made.returns) names.push_back(ShowEvidence(report_.evidence[index]));
    return fmt::format("{}", fmt::join(names, ", "));
  }

  void Proof() {
    const tune::Certificate& proof = answer_.certificate;
    out_ += "\nProven on the edited text, loaded and decided again:\n";
    out_ += fmt::format("  every covered denial is allowed: {} of {}\n", base::GroupDigits(answer_.covered()),
                        base::GroupDigits(answer_.covered()));
    out_ += fmt::format("  every addition is needed, its denial returns without it: {} of {}\n",
                        base::GroupDigits(answer_.suggestions.size()), base::GroupDigits(answer_.suggestions.size()));
    out_ += fmt::format(
        "  nothing else changed: the rules are the old ones and the additions; {} decided as before\n",
        Plural(proof.checked - proof.opened.size(), "other question"));
    if (proof.opened.empty()) return;
    out_ += "  but for what an addition opens beside its denials:\n";
    for (std::size_t i = 0; i < std::min(kShown, proof.opened.size()); ++i) {
      out_ += "    " + base::EscapeForTerminal(proof.opened[i].operation + " " + proof.opened[i].target.value_or("")) +
              "\n";
    }
    AppendMore(out_, proof.opened.size());
  }

  void Rest() {
    std::map<bool, std::vector<const tune::Left*>> parts;  // already allowed, or not
    for (const tune::Left& left : answer_.left) {
      parts[left.refusal.reason == tune::Reason::kAlreadyAllowed].push_back(&left);
    }
    Part("\nAlready allowed, no rule:\n", parts[true]);
    Part("\nLeft denied, no rule:\n", parts[false]);
  }

  void Part(std::string_view title, const std::vector<const tune::Left*>& left) {
    if (left.empty()) return;
    out_ += title;
    for (std::size_t i = 0; i < std::min(kShown, left.size()); ++i) {
      out_ += fmt::format("  {}\n      {}\n", ShowEvidence(report_.evidence[left[i]->evidence]),
                          base::EscapeForTerminal(left[i]->refusal.text));
    }
    AppendMore(out_, left.size());
  }

  const SuggestReport& report_;
  const tune::Answer& answer_;
  std::string out_;
};

}  // namespace

tune::RuleRisk RiskOf(const tune::Suggestion& made, const SuggestReport& report) {
  tune::RuleRisk greatest;
  const auto catalog = catalog::Catalog::ForVersion(report.profile.macos);
  if (!catalog) return greatest;
  for (const std::size_t index : made.evidence) {
    const tune::Evidence& evidence = report.evidence[index];
    const catalog::Operation* operation = (*catalog)->FindLoggedOperation(evidence.operation);
    if (operation == nullptr) continue;
    tune::RuleRisk risk = tune::RiskOfAccess(*operation, evidence.target.value_or(""), **catalog, catalog::Places::BuiltIn());
    if (risk.word > greatest.word) greatest.word = risk.word;
    if (!greatest.reason.empty() && risk.risk <= greatest.risk) continue;
    greatest.risk = risk.risk;
    greatest.reason = std::move(risk.reason);
  }
  return greatest;
}

std::size_t CountRemaining(const tune::Answer& answer) {
  return static_cast<std::size_t>(std::count_if(answer.left.begin(), answer.left.end(), [](const tune::Left& left) {
    return left.refusal.reason != tune::Reason::kAlreadyAllowed;
  }));
}

std::string ReportText(const SuggestReport& report) { return TextReport(report).Make(); }

std::string ShowEvidence(const tune::Evidence& evidence) { return base::EscapeForTerminal(tune::Describe(evidence)); }

std::string ShowText(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t length = std::min(bytes.find_first_of("\n\t"), bytes.size());
    std::string_view piece = bytes.substr(0, length);
    bytes.remove_prefix(length);
    if (piece.ends_with('\r') && bytes.starts_with('\n')) piece.remove_suffix(1);
    out += base::EscapeForTerminal(piece);
    if (bytes.empty()) break;
    out += bytes.front();
    bytes.remove_prefix(1);
  }
  return out;
}

}  // namespace sbtune::cli
