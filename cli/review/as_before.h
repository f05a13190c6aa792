// Answers of earlier dialogues in this one: what was allowed is allowed again, as wide as it was then.
//
//   const AsBefore before = BringBack(MakeItems(answers), decisions, context);
//   Dialogue dialogue(before.items);
//   … if (before.rungs[i]) dialogue.AllowAsBefore(i, *before.rungs[i]);
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "cli/review/dialogue.h"
#include "cli/review/edited_rule.h"
#include "sql/store/decisions.h"

namespace sbtune::cli {

struct AsBefore {
  std::vector<Item> items;
  std::vector<std::optional<std::size_t>> rungs;  // by item: the width that was allowed; absent: to be asked about
};

// `decisions` are those of the profile. A rule that was allowed becomes an item of its own, with all open denials that
// it allows; one that can no longer be read, or that allows nothing any more, is asked about again.
[[nodiscard]] AsBefore BringBack(std::vector<Item> items, std::span<const store::StoredDecision> decisions,
                                 const EditedRuleContext& context);

// The open suggestions all of whose denials the rule that was just allowed allows as well.
[[nodiscard]] std::vector<std::size_t> OpenWithin(const Dialogue& dialogue, const EditedRuleContext& context);

}  // namespace sbtune::cli
