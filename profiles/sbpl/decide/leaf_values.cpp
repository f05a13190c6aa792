// Leaves that compare texts, numbers and flags.
#include <algorithm>

#include "profiles/sbpl/decide/leaves.h"

namespace sbtune::sbpl {
namespace {

using catalog::MatchKind;

Truth PathLeaf(const Leaf& leaf, const Subject& subject) {
  const Truth first = MatchesAnyTest(leaf.tests, subject.path);
  if (!subject.has_second_path) return first;
  // Which of the two the system compares is not known.
  const Truth second = MatchesAnyTest(leaf.tests, subject.second_path);
  return first == second ? first : Truth::kUnknown;
}

std::optional<std::int64_t> NumberOf(const Leaf& leaf, const Subject& subject, std::string_view text) {
  const catalog::Filter* filter = subject.catalog->FindFilter(leaf.base);
  return filter == nullptr ? std::nullopt : ParseFilterNumber(*filter, text);
}

Truth BitsHold(std::int64_t wanted, std::int64_t present) {
  const bool all = (present & wanted) == wanted;
  const bool any = (present & wanted) != 0;
  if (all != any) return Truth::kUnknown;  // whether the system asks for all bits or for any is not known
  return all ? Truth::kTrue : Truth::kFalse;
}

}  // namespace

bool Contains(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

Known Lookup(const Leaf& leaf, const Subject& subject) {
  Known known;
  if (const auto own = subject.query->facts.find(leaf.base); own != subject.query->facts.end()) {
    known.values = &own->second;
    return known;
  }
  if (CannotApply(leaf.base, *subject.query)) {
    known.cannot_apply = true;
    return known;
  }
  known.closed = false;
  if (const auto given = subject.facts->find(leaf.base); given != subject.facts->end()) {
    known.set = &given->second;
    known.values = &given->second.holds;
    known.closed = given->second.closed;
  }
  return known;
}

Truth MatchesAnyTest(const std::vector<StringTest>& tests, std::string_view text) {
  Truth truth = Truth::kFalse;
  for (const StringTest& test : tests) {
    if (IsUncertain(test)) {
      truth = Truth::kUnknown;
    } else if (MatchesString(test, text)) {
      return Truth::kTrue;
    }
  }
  return truth;
}

Truth StringLeaf(const Leaf& leaf, const Subject& subject) {
  if (leaf.base == "path" && subject.has_path) return PathLeaf(leaf, subject);
  const Known known = Lookup(leaf, subject);
  if (known.cannot_apply) return Truth::kFalse;
  Truth truth = known.closed ? Truth::kFalse : Truth::kUnknown;
  std::string lowered;
  if (known.values != nullptr) {
    for (const std::string& value : *known.values) {
      if (leaf.folds_case) AssignLowered(lowered, value);
      const Truth one = MatchesAnyTest(leaf.tests, leaf.folds_case ? lowered : value);
      if (one == Truth::kTrue) return one;
      truth = std::max(truth, one);
    }
  }
  const auto excluded = [&](const StringTest& test) {
    return test.kind == MatchKind::kExact && Contains(known.set->does_not_hold, test.text);
  };
  if (known.set != nullptr && std::ranges::all_of(leaf.tests, excluded)) return Truth::kFalse;
  return truth;
}

// The part of the path below a mount point: which ancestor is one is not known, so all must agree.
Truth MountRelativeLeaf(const Leaf& leaf, const Subject& subject) {
  if (!subject.has_path || subject.query->facts.contains(leaf.base) || subject.facts->contains(leaf.base)) {
    return StringLeaf(leaf, subject);
  }
  if (subject.has_second_path) return Truth::kUnknown;
  const std::string_view path = subject.path;
  Truth truth = MatchesAnyTest(leaf.tests, path);
  for (std::size_t at = path.find('/', 1); at != std::string_view::npos; at = path.find('/', at + 1)) {
    if (MatchesAnyTest(leaf.tests, path.substr(at)) != truth) return Truth::kUnknown;
  }
  if (MatchesAnyTest(leaf.tests, "/") != truth) return Truth::kUnknown;  // the path itself is one
  return truth;
}

Truth NumberLeaf(const Leaf& leaf, const Subject& subject) {
  const Known known = Lookup(leaf, subject);
  if (known.cannot_apply) return Truth::kFalse;
  Truth truth = known.closed ? Truth::kFalse : Truth::kUnknown;
  if (known.values != nullptr) {
    for (const std::string& value : *known.values) {
      const auto number = NumberOf(leaf, subject, value);
      if (!number) {
        truth = std::max(truth, Truth::kUnknown);  // a constant whose number nobody knows
        continue;
      }
      for (const std::int64_t wanted : leaf.numbers) {
        const Truth one = leaf.kind == Leaf::Kind::kBits ? BitsHold(wanted, *number)
                          : wanted == *number            ? Truth::kTrue
                                                         : Truth::kFalse;
        if (one == Truth::kTrue) return one;
        truth = std::max(truth, one);
      }
    }
  }
  const auto excluded = [&](std::int64_t wanted) {
    return std::ranges::any_of(known.set->does_not_hold,
                               [&](const std::string& value) { return NumberOf(leaf, subject, value) == wanted; });
  };
  if (known.set != nullptr && leaf.kind == Leaf::Kind::kNumber && std::ranges::all_of(leaf.numbers, excluded)) {
    return Truth::kFalse;
  }
  return truth;
}

// (extension-path-ancestor) and the like: a bare yes or no, given as NAME=true.
Truth FlagLeaf(const Leaf& leaf, const Subject& subject) {
  const Known known = Lookup(leaf, subject);
  if (known.cannot_apply) return Truth::kFalse;
  if (known.values != nullptr && Contains(*known.values, "true")) return Truth::kTrue;
  if (known.set != nullptr && Contains(known.set->does_not_hold, "true")) return Truth::kFalse;
  return known.closed ? Truth::kFalse : Truth::kUnknown;
}

}  // namespace sbtune::sbpl
