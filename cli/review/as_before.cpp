#include "cli/review/as_before.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "cli/review/review.h"

namespace sbtune::cli {
namespace {

class Memory {
 public:
  Memory(std::span<const store::StoredDecision> decisions, std::span<const tune::Evidence> evidence) : evidence_(evidence) {
    for (const store::StoredDecision& one : decisions) {
      if (one.answer == store::Answer::kAllow) rules_.insert_or_assign({one.operation, one.target}, one.rule);
    }
  }

  // Null: was not allowed before. Empty: exactly this.
  [[nodiscard]] const std::string* RuleFor(std::size_t evidence) const {
    const auto found = rules_.find({evidence_[evidence].operation, evidence_[evidence].target});
    return found == rules_.end() ? nullptr : &found->second;
  }

  // The width of the item at which all of it was allowed.
  [[nodiscard]] std::optional<std::size_t> RungOf(const Item& item) const {
    std::set<std::string> rules;
    for (const std::size_t index : item.evidence) {
      const std::string* const rule = RuleFor(index);
      if (rule == nullptr) return std::nullopt;
      rules.insert(*rule);
    }
    if (rules.size() != 1) return std::nullopt;
    if (rules.begin()->empty()) return 0;
    const auto rung = std::ranges::find(item.ladder, *rules.begin(), &Rung::rule);
    if (rung == item.ladder.end()) return std::nullopt;
    return static_cast<std::size_t>(rung - item.ladder.begin());
  }

 private:
  std::span<const tune::Evidence> evidence_;
  std::map<std::pair<std::string, std::optional<std::string>>, std::string> rules_;
};

class Review {
 public:
  Review(const Memory& memory, const EditedRuleContext& context) : memory_(memory), context_(context) {}

  AsBefore Take(std::vector<Item> items) && {
    for (Item& item : items) {
      const auto rung = memory_.RungOf(item);
      // Only the tuner can write its own wide form; others are read from their text.
      if (rung && *rung > 0 && !item.ladder[*rung].filter) Add(std::move(item), rung);
      else open_.push_back(std::move(item));
    }
    for (const std::string& rule : OpenRules()) Bring(rule);
    for (Item& item : open_) TakeRest(std::move(item));
    return std::move(before_);
  }

 private:
  void Add(Item item, std::optional<std::size_t> rung) {
    before_.items.push_back(std::move(item));
    before_.rungs.push_back(rung);
  }

  [[nodiscard]] std::set<std::string> OpenRules() const {
    std::set<std::string> rules;
    for (const Item& item : open_) {
      for (const std::size_t index : item.evidence) {
        if (const std::string* const rule = memory_.RuleFor(index); rule != nullptr && !rule->empty()) rules.insert(*rule);
      }
    }
    return rules;
  }

  // What was allowed by the rule, and what nobody answered yet.
  [[nodiscard]] std::vector<std::size_t> Askable(const std::string& rule) const {
    std::vector<std::size_t> askable;
    for (const Item& item : open_) {
      std::ranges::copy_if(item.evidence, std::back_inserter(askable), [&](std::size_t index) {
        const std::string* const known = memory_.RuleFor(index);
        return !covered_.contains(index) && (known == nullptr || *known == rule);
      });
    }
    return askable;
  }

  [[nodiscard]] const Rung* OnLadder(const std::string& rule) const {
    for (const Item& item : open_) {
      const auto found = std::ranges::find(item.ladder, rule, &Rung::rule);
      if (found != item.ladder.end() && found->filter) return &*found;
    }
    return nullptr;
  }

  void Bring(const std::string& rule) {
    const std::span<const tune::Evidence> evidence = context_.request.evidence;
    std::vector<std::size_t> its = Askable(rule);
    auto rung = EditedRung(rule, ItemOf(its, evidence), context_);
    if (!rung) return;
    std::erase_if(its, [&](std::size_t index) { return LeavesOut(*rung, evidence[index]); });
    // All that was allowed by it may be gone from the log, or allowed by the profile.
    if (std::ranges::all_of(its, [&](std::size_t index) { return memory_.RuleFor(index) == nullptr; })) return;
    // The ladder knows which folder is a parameter's.
    if (const Rung* const same = OnLadder(rule)) rung = *same;
    rung->step = kAsBefore;
    rung->leaves.clear();
    covered_.insert(its.begin(), its.end());
    Item item = ItemOf(its, evidence);
    item.ladder.push_back(std::move(*rung));
    Add(std::move(item), 0);
  }

  void TakeRest(Item item) {
    std::erase_if(item.evidence, [&](std::size_t index) { return covered_.contains(index); });
    if (item.evidence.empty()) return;
    Item rest = ItemOf(item.evidence, context_.request.evidence);
    rest.ladder = std::move(item.ladder);
    const bool exactly = memory_.RungOf(rest) == std::optional<std::size_t>(0);
    Add(std::move(rest), exactly ? std::optional<std::size_t>(0) : std::nullopt);
  }

  const Memory& memory_;
  const EditedRuleContext& context_;
  std::vector<Item> open_;
  std::set<std::size_t> covered_;
  AsBefore before_;
};

}  // namespace

AsBefore BringBack(std::vector<Item> items, std::span<const store::StoredDecision> decisions, const EditedRuleContext& context) {
  const Memory memory(decisions, context.request.evidence);
  return Review(memory, context).Take(std::move(items));
}

std::vector<std::size_t> OpenWithin(const Dialogue& dialogue, const EditedRuleContext& context) {
  std::vector<std::size_t> open;
  std::vector<std::size_t> evidence;
  for (std::size_t i = 0; i < dialogue.items().size(); ++i) {
    const Item& item = dialogue.items()[i];
    if (dialogue.choices()[i].answer) continue;
    open.push_back(i);
    evidence.insert(evidence.end(), item.evidence.begin(), item.evidence.end());
  }
  const Rung& allowed = dialogue.items()[dialogue.allowed()].ladder[dialogue.choices()[dialogue.allowed()].rung];
  const auto rung = EditedRung(allowed.rule, ItemOf(evidence, context.request.evidence), context);
  if (!rung) return {};  // none
  std::erase_if(open, [&](std::size_t i) {
    return std::ranges::any_of(dialogue.items()[i].evidence,
                               [&](std::size_t index) { return LeavesOut(*rung, context.request.evidence[index]); });
  });
  return open;
}

}  // namespace sbtune::cli
