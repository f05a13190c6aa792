// One suggestion at a time: the state of the dialogue and how keys change it. Pure; what is drawn is screen.h, what
// the answers do is interactive.h.
//
//   Dialogue dialogue(items);
//   while (dialogue.state() != State::kEnded) { Draw(View(dialogue)); dialogue.Press(key); }
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/review/typed_line.h"
#include "profiles/sbpl/rule.h"
#include "sql/store/decisions.h"

namespace sbtune::cli {

// One width of a suggestion.
struct Rung {
  std::string step;                // exact, shape, names, prefix, folder, family, edited
  std::string rule;                // what is added; raw bytes
  std::string risk;                // none, low, medium, high, severe, ask
  std::string risk_reason;
  std::vector<std::string> opens;  // beside the denials, one line each; empty: nothing
  std::vector<std::string> operations = {};     // with `filter`
  std::optional<sbpl::Filter> filter = {};      // absent: what the tuner itself says, exact or wide
  std::vector<std::string> leaves = {};         // denials of the item that it does not allow; sorted
  std::string warning = {};                     // a sentence to be asked about before it is taken; empty: none
};

struct Item {
  std::vector<std::string> denials;  // "file-read-data /etc/hosts", raw bytes
  std::size_t runs = 0;
  std::vector<Rung> ladder;          // from narrow to wide; not empty
  std::vector<std::size_t> evidence;
};

inline constexpr std::string_view kAsBefore = "as before";  // the reason of what an earlier dialogue allowed

struct Choice {
  std::optional<store::Answer> answer;  // absent: open
  std::size_t rung = 0;
  std::string reason;
  std::optional<std::size_t> within = {};  // allowed, because the rule of this suggestion allows it
  bool operator==(const Choice&) const = default;
};

enum class State : std::uint8_t {
  kAsking,
  kReason,    // a line is being typed
  kEdit,      // a rule is being typed
  kSure,      // whether what was typed is to be taken although it has a warning
  kDiff,      // the text of SetDiff is shown until a key is pressed
  kFinished,  // the answers count
  kQuit,      // they do not
};

enum class Wish : std::uint8_t {  // that whoever drives the dialogue has to fulfil
  kNothing,
  kDiff,  // SetDiff
  kRule,  // TakeRule or RefuseRule, by what typed() says
  kWithin,  // AllowWithin, by what the rule of allowed() allows too
};

class Dialogue {
 public:
  explicit Dialogue(std::vector<Item> items);

  // Bytes as typed, keys with sequences as in TypedLine. Of kAsking: a d i n w e v u f q, space or j (next), k
  // (previous), the arrows; others are told.
  Wish Press(char key);
  void SetDiff(std::string text);  // answers Wish::kDiff
  void TakeRule(Rung rung);        // answers Wish::kRule: one more width of the suggestion, and the chosen one
  void RefuseRule(std::string why);
  [[nodiscard]] std::size_t allowed() const { return allowed_; }  // the suggestion that was allowed last
  void AllowWithin(std::span<const std::size_t> items);           // answers Wish::kWithin: open ones
  // Allows every open suggestion of at most this risk, at its narrowest width; those of another risk stay open.
  void AllowUpTo(std::string_view risk);
  void AllowAsBefore(std::size_t item, std::size_t rung);

  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  [[nodiscard]] const std::vector<Choice>& choices() const { return choices_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& typed() const { return line_.text(); }
  [[nodiscard]] const TypedLine& line() const { return line_; }
  [[nodiscard]] const std::optional<Rung>& pending() const { return pending_; }  // of kSure
  [[nodiscard]] const std::string& diff() const { return diff_; }
  [[nodiscard]] const std::string& note() const { return note_; }  // about the last key; one line

 private:
  struct Moment {
    std::vector<Choice> choices;
    std::size_t at;
  };
  Wish Ask(char key);
  Wish Type(char key);
  Wish EndOfLine();
  void Edit();
  void Choose(Rung rung);
  Wish Answer(store::Answer answer);
  void Change();  // of what was answered here
  void Widen();
  void Narrow();
  void Undo();
  void ToNextOpen();

  std::vector<Item> items_;
  std::vector<Choice> choices_;
  std::vector<Moment> past_;
  std::size_t at_ = 0;
  std::size_t allowed_ = 0;
  State state_ = State::kAsking;
  TypedLine line_;
  std::optional<Rung> pending_;  // of kSure
  std::string diff_;
  std::string note_;
};

// 0 for none to 4 for severe, 5 for anything else: what needs the user's word.
[[nodiscard]] int RiskRank(std::string_view risk);

}  // namespace sbtune::cli
