#include "cli/review/dialogue.h"

#include <algorithm>
#include <array>

namespace sbtune::cli {
int RiskRank(std::string_view risk) {
  constexpr std::array<std::string_view, 5> kRisks = {"none", "low", "medium", "high", "severe"};
  return static_cast<int>(std::find(kRisks.begin(), kRisks.end(), risk) - kRisks.begin());
}

Dialogue::Dialogue(std::vector<Item> items) : items_(std::move(items)), choices_(items_.size()) {
  if (items_.empty()) state_ = State::kFinished;
}

Wish Dialogue::Press(char key) {
  note_.clear();
  switch (state_) {
    case State::kAsking: return Ask(key);
    case State::kReason:
    case State::kEdit: return Type(key);
    case State::kSure:
      state_ = State::kAsking;
      if (key == 'y') Choose(std::move(*pending_));
      else note_ = "The rule was not taken.";
      break;
    case State::kDiff: state_ = State::kAsking; break;
    case State::kFinished:
    case State::kQuit: break;
  }
  return Wish::kNothing;
}

void Dialogue::SetDiff(std::string text) {
  diff_ = std::move(text);
  state_ = State::kDiff;
}

void Dialogue::TakeRule(Rung rung) {
  if (rung.warning.empty()) return Choose(std::move(rung));
  pending_ = std::move(rung);
  state_ = State::kSure;
}

void Dialogue::RefuseRule(std::string why) {
  note_ = "Not taken: " + std::move(why) + ".";
  state_ = State::kEdit;
}

// What was within a rule that is no more, or another one, is asked about after all.
void Dialogue::Change() {
  past_.push_back({choices_, at_});
  for (Choice& choice : choices_) {
    if (choice.within == at_) choice = {};
  }
}

void Dialogue::AllowWithin(std::span<const std::size_t> items) {
  for (const std::size_t item : items) {
    if (!choices_[item].answer) choices_[item] = {store::Answer::kAllow, 0, "within another rule", allowed_};
  }
  if (choices_[at_].answer) ToNextOpen();
  if (items.empty()) return;
  note_ = std::to_string(items.size()) + (items.size() == 1 ? " other is" : " others are") + " within that rule, and allowed." +
          (note_.empty() ? "" : " " + note_);
}

void Dialogue::Choose(Rung rung) {
  Change();
  items_[at_].ladder.push_back(std::move(rung));
  choices_[at_].rung = items_[at_].ladder.size() - 1;
  state_ = State::kAsking;
}

void Dialogue::Edit() {
  // Of the narrowest form, where it is written as a rule.
  const std::vector<Rung>& ladder = items_[at_].ladder;
  const Rung& chosen = ladder[choices_[at_].rung];
  const Rung& shown = chosen.rule.starts_with("allow ") || ladder.size() == 1 ? chosen : ladder[1];
  line_ = TypedLine(shown.rule.starts_with("allow ") ? shown.rule : "");
  state_ = State::kEdit;
}

void Dialogue::AllowUpTo(std::string_view risk) {
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const bool safe = RiskRank(items_[i].ladder.front().risk) <= RiskRank(risk);
    if (!choices_[i].answer && safe) choices_[i] = {store::Answer::kAllow, 0, "risk at most " + std::string(risk)};
  }
  if (!items_.empty() && choices_[at_].answer) ToNextOpen();
}

void Dialogue::AllowAsBefore(std::size_t item, std::size_t rung) {
  choices_[item] = {store::Answer::kAllow, rung, std::string(kAsBefore)};
  if (item == at_) ToNextOpen();
}

Wish Dialogue::Ask(char key) {
  switch (key) {
    case 'a': return Answer(store::Answer::kAllow);
    case 'd': return Answer(store::Answer::kDeny);
    case 'i': return Answer(store::Answer::kIgnore);
    case 'n':
    case TypedLine::kLeft: Narrow(); break;
    case 'w':
    case TypedLine::kRight: Widen(); break;
    case 'e': Edit(); break;
    case 'u': Undo(); break;
    case 'v': return Wish::kDiff;
    case 'f': state_ = State::kFinished; break;
    case 'q': state_ = State::kQuit; break;
    case ' ':
    case TypedLine::kDown:
    case 'j': at_ = (at_ + 1) % items_.size(); break;
    case TypedLine::kUp:
    case 'k': at_ = (at_ + items_.size() - 1) % items_.size(); break;
    case '\n':
    case '\r': break;
    default: note_ = "That key means nothing here."; break;
  }
  return Wish::kNothing;
}

Wish Dialogue::Answer(store::Answer answer) {
  Change();
  choices_[at_] = {answer, choices_[at_].rung, ""};
  if (answer == store::Answer::kAllow) {
    allowed_ = at_;
    ToNextOpen();
    return items_[allowed_].ladder[choices_[allowed_].rung].filter ? Wish::kWithin : Wish::kNothing;
  }
  line_ = TypedLine();
  state_ = State::kReason;
  return Wish::kNothing;
}

Wish Dialogue::EndOfLine() {
  if (state_ == State::kEdit) return Wish::kRule;
  choices_[at_].reason = line_.text();
  state_ = State::kAsking;
  ToNextOpen();
  return Wish::kNothing;
}

Wish Dialogue::Type(char key) {
  if (key == '\n' || key == '\r') return EndOfLine();
  if (key == '\x1b') {
    if (state_ == State::kReason) Undo();  // not answered after all
    state_ = State::kAsking;
    return Wish::kNothing;
  }
  line_.Press(key);
  return Wish::kNothing;
}

void Dialogue::Widen() {
  if (choices_[at_].rung + 1 == items_[at_].ladder.size()) {
    note_ = "There is no wider form that is safe.";
    return;
  }
  Change();
  ++choices_[at_].rung;
}

void Dialogue::Narrow() {
  if (choices_[at_].rung == 0) {
    note_ = "This is the narrowest form.";
    return;
  }
  Change();
  --choices_[at_].rung;
}

void Dialogue::Undo() {
  if (past_.empty()) {
    note_ = "There is nothing to undo.";
    return;
  }
  choices_ = std::move(past_.back().choices);
  at_ = past_.back().at;
  past_.pop_back();
}

void Dialogue::ToNextOpen() {
  for (std::size_t step = 1; step <= items_.size(); ++step) {
    const std::size_t next = (at_ + step) % items_.size();
    if (choices_[next].answer) continue;
    at_ = next;
    return;
  }
  note_ = "All are answered; f finishes.";
}

}  // namespace sbtune::cli
