#include "cli/review/review.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/line_edits.h"
#include "cli/review/screen.h"
#include "cli/terminal.h"
#include "profiles/sbpl/edit/rule_text.h"
#include "profiles/tune/edited_files.h"
#include "profiles/tune/generalize/name_pattern.h"

namespace sbtune::cli {
namespace {

std::string RuleText(const tune::Suggestion& made) {
  if (made.text.starts_with("(allow ")) return made.text;
  return fmt::format("allow {} {}", fmt::join(made.operations, " "), made.text);
}

void AddCounts(const std::map<std::string, std::uint64_t>& opened, std::vector<std::string>& lines) {
  for (const auto& [operation, count] : opened) {
    if (count > 0) lines.push_back(fmt::format("{} more {} of the tree for {}", count, count == 1 ? "path" : "paths", operation));
  }
}

std::vector<std::string> Opens(const tune::Suggestion& made) {
  std::vector<std::string> lines = made.opens;
  if (made.breadth) AddCounts(made.breadth->opened, lines);
  return lines;
}

// The rule of the wide answer, and in front of it, where it is more than exact, the denials alone.
Item WithLadder(const tune::Suggestion& made, std::span<const tune::Evidence> evidence) {
  Item item = ItemOf(made.evidence, evidence);
  const std::string step = made.breadth ? made.breadth->step : "exact";
  const std::string risk = made.breadth ? made.breadth->risk : "ask";
  const std::string reason = made.breadth ? made.breadth->risk_reason : "";
  if (step != "exact") {
    // A narrower rule is at most as risky.
    item.ladder.push_back({"exact", item.denials.size() == 1 ? "exactly this denial" : "exactly these denials", risk, reason, {}});
  }
  item.ladder.push_back({step, RuleText(made), risk, reason, Opens(made)});
  return item;
}

bool SameFilter(const tune::Suggestion& made, const sbpl::Filter& filter) {
  const auto text = sbpl::FilterText(filter, {});
  return text && *text == made.text;
}

// Whether the prefix holds every name of the tuner's shape.
bool HoldsShape(const tune::Suggestion& made, const tune::WiderForm& form) {
  const auto* prefix = std::get_if<std::string>(&form.filter.arguments.front().value);
  return prefix != nullptr && made.text.find("\"^" + tune::QuoteForRegex(*prefix)) != std::string::npos;
}

// Above what the tuner itself proposes: forms that hold it, which a person may want.
void AddWider(const tune::Suggestion& made, const tune::Ladder& ladder, Item& item) {
  const std::string own_step = item.ladder.back().step;
  int risk = RiskRank(item.ladder.back().risk);
  bool holds = own_step != "folder" && own_step != "prefix";
  for (const tune::WiderForm& form : ladder.Above(made.evidence)) {
    if (own_step == form.step && SameFilter(made, form.filter)) {
      holds = true;  // from here on they hold the tuner's own
      continue;
    }
    if (own_step == "shape" && form.step == "prefix" && !HoldsShape(made, form)) continue;
    if (!holds || (own_step != "exact" && form.step == "family" && form.operations == made.operations)) continue;
    std::vector<std::string> opens = {form.opens};
    AddCounts(form.opened, opens);
    const bool riskier = RiskRank(catalog::Name(form.risk)) >= risk;
    Rung rung{form.step, fmt::format("allow {} {}", fmt::join(form.operations, " "), sbpl::FilterText(form.filter, {}).value_or("")),
              riskier ? std::string(catalog::Name(form.risk)) : item.ladder.back().risk,
              riskier ? form.risk_reason : item.ladder.back().risk_reason, std::move(opens), form.operations, form.filter};
    risk = RiskRank(rung.risk);
    item.ladder.push_back(std::move(rung));
  }
}

constexpr char kInterrupt = '\x03';     // Ctrl-C
constexpr char kEndOfInput = '\x04';    // Ctrl-D; neither is ever part of a reason
constexpr char kEscape = '\x1b';
constexpr int kSequenceMs = 50;  // within which the rest of a sequence follows its Escape

// What the terminal sends behind an Escape, for an arrow say; empty: somebody pressed Escape.
std::string RestOfSequence(int terminal) {
  std::string rest;
  pollfd ready{terminal, POLLIN, 0};
  while (rest.size() < 16 && ::poll(&ready, 1, kSequenceMs) == 1) {
    char byte = 0;
    if (::read(terminal, &byte, 1) != 1) break;
    rest += byte;
    const bool opens = rest == "[" || rest == "O";
    if (!opens && (rest.size() == 1 || (byte >= 0x40 && byte <= 0x7e))) break;
  }
  return rest;
}

// The next key; nothing where the dialogue is to be left. Not through stdio, which would keep keys that belong to
// whoever reads next.
std::optional<char> ReadKey(int input) {
  for (;;) {
    char key = 0;
    const ssize_t got = ::read(input, &key, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1 || key == kInterrupt || key == kEndOfInput) return std::nullopt;
    if (key != kEscape || ::isatty(input) == 0) return key;
    const std::string rest = RestOfSequence(input);
    if (rest.empty()) return key;
    if (const char meant = KeyOf(rest); meant != '\0') return meant;
  }
}

// Keys as they are pressed, without echo. Ctrl-C is a key as well: a signal would leave the terminal like this.
class RawTerminal {
 public:
  explicit RawTerminal(int descriptor) : descriptor_(descriptor) {
    active_ = ::tcgetattr(descriptor, &before_) == 0;
    if (!active_) return;
    termios raw = before_;
    raw.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO | ISIG));
    ::tcsetattr(descriptor, TCSADRAIN, &raw);
  }
  ~RawTerminal() {
    if (active_) ::tcsetattr(descriptor_, TCSADRAIN, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  int descriptor_;
  termios before_{};
  bool active_ = false;
};

std::map<std::string, std::string> TextsOf(const sbpl::Profile& profile, const tune::Answer& answer) {
  std::map<std::string, std::string> texts;
  for (const tune::EditedFragment& edited : answer.fragments) {
    texts.emplace(profile.sources.Name(profile.fragments[edited.fragment]), edited.text);
  }
  return texts;
}

// Where a line of the text before `edits` stands behind them.
std::uint32_t Moved(std::uint32_t line, std::string_view text, const std::vector<sbpl::TextEdit>& edits) {
  std::size_t offset = 0;
  for (std::uint32_t i = 1; i < line; ++i) offset = text.find('\n', offset) + 1;
  std::int64_t moved = line;
  for (const sbpl::TextEdit& edit : edits) {
    if (edit.offset > offset) break;
    moved += std::count(edit.replacement.begin(), edit.replacement.end(), '\n');
    const std::string_view gone = text.substr(edit.offset, edit.length);
    moved -= std::count(gone.begin(), gone.end(), '\n');
  }
  return static_cast<std::uint32_t>(moved);
}

// `second` was asked about the text that `first` made, and about the evidence behind `shift`.
tune::Answer Join(const sbpl::Profile& profile, tune::Answer first, tune::Answer second, std::size_t shift) {
  for (const tune::EditedFragment& edited : second.fragments) {
    const auto old = std::find_if(first.fragments.begin(), first.fragments.end(),
                                  [&](const tune::EditedFragment& one) { return one.fragment == edited.fragment; });
    for (tune::Suggestion& made : first.suggestions) {
      if (old != first.fragments.end() && made.fragment == edited.fragment) made.line = Moved(made.line, old->text, edited.edits);
    }
    if (old == first.fragments.end()) {
      first.fragments.push_back(edited);
    } else {
      old->text = edited.text;
      old->edits = LineEdits(std::string(profile.sources.Text(profile.fragments[edited.fragment])), edited.text);
    }
  }
  std::sort(first.fragments.begin(), first.fragments.end(),
            [](const tune::EditedFragment& a, const tune::EditedFragment& b) { return a.fragment < b.fragment; });
  for (tune::Suggestion& made : second.suggestions) {
    for (std::size_t& index : made.evidence) index += shift;
    for (std::size_t& index : made.returns) index += shift;
    first.suggestions.push_back(std::move(made));
  }
  for (tune::Left& left : second.left) {
    first.left.push_back({left.evidence + shift, left.refusal, nullptr});  // its rule is of a profile that goes away
  }
  first.denials += second.denials;
  first.certificate.rules_as_intended = first.certificate.rules_as_intended && second.certificate.rules_as_intended;
  first.certificate.checked += second.certificate.checked;
  first.certificate.opened.insert(first.certificate.opened.end(), second.certificate.opened.begin(), second.certificate.opened.end());
  return first;
}

}  // namespace

Item ItemOf(std::span<const std::size_t> indices, std::span<const tune::Evidence> evidence) {
  Item item;
  std::set<std::string> runs;
  for (const std::size_t index : indices) {
    item.denials.push_back(tune::Describe(evidence[index]));
    runs.insert(evidence[index].runs.begin(), evidence[index].runs.end());
  }
  item.runs = runs.size();
  item.evidence.assign(indices.begin(), indices.end());
  return item;
}

bool LeavesOut(const Rung& rung, const tune::Evidence& evidence) {
  return std::ranges::binary_search(rung.leaves, tune::Describe(evidence));
}

std::vector<Item> MakeItems(const Answers& answers) {
  std::vector<Item> items;
  std::set<std::size_t> covered;
  if (answers.general != nullptr) {
    for (const tune::Suggestion& made : answers.general->suggestions) {
      items.push_back(WithLadder(made, answers.evidence));
      if (answers.ladder != nullptr) AddWider(made, *answers.ladder, items.back());
      covered.insert(made.evidence.begin(), made.evidence.end());
    }
    // By the parameters of the run that met it, which the exact answer does not know.
    for (const tune::Left& left : answers.general->left) {
      if (left.refusal.reason == tune::Reason::kAlreadyAllowed) covered.insert(left.evidence);
    }
  }
  for (tune::Suggestion made : answers.exact.suggestions) {
    std::erase_if(made.evidence, [&](std::size_t index) { return covered.contains(index); });
    if (made.evidence.empty()) continue;
    items.push_back(WithLadder(made, answers.evidence));
    if (answers.general == nullptr) continue;
    for (const tune::Left& left : answers.general->left) {
      if (left.evidence == made.evidence.front()) items.back().ladder.front().risk_reason = left.refusal.text.substr(0, left.refusal.text.find(";"));
    }
  }
  return items;
}

Chosen ChooseEvidence(const Dialogue& dialogue, std::span<const tune::Evidence> evidence) {
  std::vector<std::size_t> wide;
  std::vector<std::size_t> ruled;
  std::vector<std::size_t> exact;
  std::vector<tune::ChosenRule> rules;
  for (std::size_t i = 0; i < dialogue.items().size(); ++i) {
    const Choice& choice = dialogue.choices()[i];
    if (choice.answer != store::Answer::kAllow) continue;
    const Item& item = dialogue.items()[i];
    const Rung& rung = item.ladder[choice.rung];
    if (rung.filter) rules.push_back({rung.operations, *rung.filter, item.evidence});
    std::vector<std::size_t>& to = rung.filter ? ruled : rung.step == "exact" ? exact : wide;
    to.insert(to.end(), item.evidence.begin(), item.evidence.end());
  }
  Chosen chosen;
  chosen.wide = wide.size();
  for (auto* part : {&wide, &ruled, &exact}) {
    std::sort(part->begin(), part->end());
    for (const std::size_t index : *part) chosen.evidence.push_back(evidence[index]);
  }
  chosen.ruled = ruled.size();
  for (tune::ChosenRule& rule : rules) {
    for (std::size_t& index : rule.evidence) {
      index = static_cast<std::size_t>(std::lower_bound(ruled.begin(), ruled.end(), index) - ruled.begin());
    }
  }
  chosen.rules = std::move(rules);
  return chosen;
}

base::Result<tune::Answer> Compose(const tune::SuggestRequest& request, const Chosen& chosen, const Ask& wide,
                                   sbpl::ProfileFiles& files) {
  const std::span<const tune::Evidence> all = chosen.evidence;
  const Ask by_rules = [&](const tune::SuggestRequest& one, sbpl::ProfileFiles& its) {
    return tune::SuggestChosen(one, chosen.rules, its);
  };
  const Ask exact = [](const tune::SuggestRequest& one, sbpl::ProfileFiles& its) { return tune::Suggest(one, its); };
  const std::size_t behind = chosen.wide + chosen.ruled;
  struct Part {
    std::size_t begin;
    std::size_t count;
    const Ask& ask;
  };
  const Part parts[] = {{0, chosen.wide, wide}, {chosen.wide, chosen.ruled, by_rules}, {behind, all.size() - behind, exact}};
  std::optional<tune::Answer> answer;
  for (const Part& part : parts) {
    if (part.count == 0) continue;
    const auto evidence = all.subspan(part.begin, part.count);
    if (!answer) {
      auto first = part.ask({request.profile, request.load, request.options, evidence, request.overrides}, files);
      if (!first) return first;
      answer = std::move(*first);
      continue;
    }
    tune::EditedFiles edited(TextsOf(request.profile, *answer), files);
    const sbpl::LoadResult loaded = sbpl::LoadProfile(request.load, edited);
    if (!loaded.ok()) return base::Fail("nothing is proposed: the edited profile would not load; please report this");
    auto next = part.ask({loaded.profile, request.load, request.options, evidence, request.overrides}, edited);
    if (!next) return next;
    answer = Join(request.profile, std::move(*answer), std::move(*next), part.begin);
  }
  if (answer) return std::move(*answer);
  return tune::Suggest({request.profile, request.load, request.options, all, request.overrides}, files);
}

void AddUnasked(std::span<const Item> items, const Answers& answers, Chosen& chosen, tune::Answer& answer) {
  std::set<std::size_t> told;
  for (const Item& item : items) told.insert(item.evidence.begin(), item.evidence.end());
  const auto add = [&](const tune::Left& left) {
    if (!told.insert(left.evidence).second) return;
    answer.left.push_back({chosen.evidence.size(), left.refusal, left.rule});
    chosen.evidence.push_back(answers.evidence[left.evidence]);
    ++answer.denials;
  };
  std::ranges::for_each(answers.exact.left, add);
  if (answers.general == nullptr) return;
  for (tune::Left left : answers.general->left) {
    left.rule = nullptr;  // of a profile that has gone
    add(left);
  }
}

std::vector<store::StoredDecision> DecisionsOf(const Dialogue& dialogue, std::span<const tune::Evidence> evidence,
                                               const std::string& profile) {
  std::vector<store::StoredDecision> decisions;
  for (std::size_t i = 0; i < dialogue.items().size(); ++i) {
    const Choice& choice = dialogue.choices()[i];
    if (!choice.answer || choice.reason == kAsBefore) continue;  // what stands already keeps its reason and its time
    const Rung& rung = dialogue.items()[i].ladder[choice.rung];
    const bool allowed = *choice.answer == store::Answer::kAllow;
    for (const std::size_t index : dialogue.items()[i].evidence) {
      if (allowed && LeavesOut(rung, evidence[index])) continue;  // stays open
      decisions.push_back({0, profile, evidence[index].operation, evidence[index].target, *choice.answer, choice.reason, 0,
                           allowed && rung.step != "exact" ? rung.rule : ""});
    }
  }
  return decisions;
}

namespace {

void Fulfil(Wish wish, Dialogue& dialogue, const Helpers& helpers) {
  if (wish == Wish::kDiff) dialogue.SetDiff(helpers.diff());
  if (wish == Wish::kWithin) dialogue.AllowWithin(helpers.within(dialogue));
  if (wish != Wish::kRule) return;
  auto rung = helpers.rule(dialogue.typed(), dialogue.items()[dialogue.at()]);
  if (rung) dialogue.TakeRule(std::move(*rung));
  else dialogue.RefuseRule(rung.error().message);
}

}  // namespace

void Drive(Dialogue& dialogue, std::FILE* in, std::FILE* screen, const Helpers& helpers) {
  const RawTerminal raw(::fileno(in));
  const bool clear = IsTerminal(screen);
  const auto draw = [&] {
    const std::string view = clear ? "\x1b[H\x1b[2J" + ViewWithCursor(dialogue) : View(dialogue) + "\n";
    std::fputs(view.c_str(), screen);
    std::fflush(screen);
  };
  draw();
  while (dialogue.state() != State::kFinished && dialogue.state() != State::kQuit) {
    if (const std::optional<char> key = ReadKey(::fileno(in))) {
      Fulfil(dialogue.Press(*key), dialogue, helpers);
    } else {
      dialogue.Press(kEscape);  // out of a reason or a diff
      dialogue.Press('q');
    }
    draw();
  }
}

}  // namespace sbtune::cli
