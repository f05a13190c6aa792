#include "cli/diff_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/json_bytes.h"
#include "core/base/text.h"
#include "profiles/catalog/catalog.h"

namespace sbtune::cli {
namespace {

using compare::Change;
using compare::Direction;
using regions::Piece;

constexpr std::size_t kNamesShown = 6;
constexpr std::size_t kExceptionsShown = 20;
constexpr std::size_t kConditionsShown = 4;

// Wildcards that stand with all that is below them stand for it.
std::vector<std::string> Collapsed(const std::vector<std::string>& operations, const std::string& macos) {
  const auto catalog = catalog::Catalog::ForVersion(macos);
  if (!catalog) return operations;
  const auto listed = [&](std::string_view name) { return std::ranges::find(operations, name) != operations.end(); };
  const auto covers = [&](const catalog::Operation& wildcard) {
    for (const catalog::Operation& operation : (*catalog)->operations()) {
      if (operation.only_newer || operation.only_older || listed(operation.name)) continue;
      for (const auto* at = (*catalog)->Parent(operation); at != nullptr; at = (*catalog)->Parent(*at)) {
        if (at == &wildcard) return false;
      }
    }
    return true;
  };
  std::vector<std::string> shown;
  for (const std::string& name : operations) {
    bool hidden = false;
    const auto found = (*catalog)->FindOperation(name);
    for (const auto* at = found && found->operation != nullptr ? (*catalog)->Parent(*found->operation) : nullptr;
         at != nullptr && !hidden; at = (*catalog)->Parent(*at)) {
      hidden = listed(at->name) && covers(*at);
    }
    if (!hidden) shown.push_back(name);
  }
  return shown;
}

std::string OperationsText(const std::vector<std::string>& operations, const std::string& macos) {
  const std::vector<std::string> names = Collapsed(operations, macos);
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kNamesShown) text += fmt::format(" and {} more (--json names them)", names.size() - kNamesShown);
  return text;
}

std::string DecidedBy(const sbpl::Verdict& verdict, const sbpl::Profile& profile) {
  const char* what = verdict.decision == sbpl::Decision::kAllow ? "allowed" : "denied";
  if (verdict.rule == nullptr) return fmt::format("{} by default", what);
  if (verdict.rule->implicit) return fmt::format("{} by a rule that the system adds", what);
  return fmt::format("{} by {}", what, profile.sources.Where(verdict.rule->range));
}

// Names and expressions come from profiles: nothing of them reaches a terminal as it is.
std::string Line(std::string_view text) { return base::EscapeForTerminal(text) + "\n"; }

std::string Decisions(const ComparedSides& sides, const Change& change) {
  return fmt::format("{}; {}", DecidedBy(change.witness.first, sides.first), DecidedBy(change.witness.second, sides.second));
}

// Joined as a person says it, the first few by name.
std::string Listed(const std::vector<std::string>& names, std::string_view word) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kConditionsShown); ++i) {
    text += i == 0 ? names[i] : fmt::format(" {} {}", word, names[i]);
  }
  if (names.size() > kConditionsShown) text += fmt::format(" {} {} more (--json lists them)", word, names.size() - kConditionsShown);
  return text;
}

std::string ConditionsText(const Change& change) {
  std::vector<std::string> held, absent;
  for (const compare::Condition& condition : change.conditions) {
    if (condition.holds) held.push_back(condition.text);
    else absent.push_back(condition.text.substr(std::string_view("not ").size()));
  }
  if (held.empty() && absent.empty()) return "";
  if (absent.empty()) return Line("    when " + Listed(held, "and"));
  const std::string without = (absent.size() == 1 ? "not " : "neither ") + Listed(absent, absent.size() == 1 ? "" : "nor");
  return Line(held.empty() ? "    when " + without : "    when " + Listed(held, "and") + " and " + without);
}

// The set on one line, its exceptions and conditions on lines of their own.
std::string SetText(const Change& change) {
  Piece whole = change.targets;
  whole.except.clear();
  const bool added = change.direction == Direction::kOnlySecondAllows;
  std::string text = Line(fmt::format("{} {}", added ? '+' : '-', regions::TextOf(whole)));
  const auto& except = change.targets.except;
  for (std::size_t i = 0; i < std::min(except.size(), kExceptionsShown); ++i) {
    text += Line("    except " + regions::TextOf(except[i]));
  }
  if (except.size() > kExceptionsShown) {
    text += fmt::format("    and {} more exceptions (--json lists them)\n", except.size() - kExceptionsShown);
  }
  return text + ConditionsText(change);
}

// One target is its own example.
bool IsOneTarget(const Change& change) {
  return change.targets.shape == Piece::Shape::kExactly && change.conditions.empty();
}

std::string ExampleText(const Change& change) {
  const compare::Witness& witness = change.witness;
  std::string text = "    for example " + witness.operation + (witness.target.empty() ? "" : " " + witness.target);
  for (const std::string& fact : witness.facts) text += " --fact " + fact;
  return text + ": ";
}

// Single targets that the same two rules decide are told together.
std::string ChangesText(const ComparedSides& sides, const std::vector<Change>& changes) {
  std::string text;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    text += SetText(changes[i]);
    const std::string decisions = Decisions(sides, changes[i]);
    if (!IsOneTarget(changes[i])) {
      text += Line(ExampleText(changes[i]) + decisions);
    } else if (i + 1 == changes.size() || !IsOneTarget(changes[i + 1]) || Decisions(sides, changes[i + 1]) != decisions) {
      text += Line("    " + decisions);
    }
  }
  return text;
}

Json ExceptJson(const std::vector<Piece>& except);

Json PieceJson(const Piece& piece) {
  Json json;
  json["shape"] = regions::Name(piece.shape);
  json["text"] = base::ToValidUtf8(piece.text);
  if (piece.shape == Piece::Shape::kNamed) json["within"] = base::ToValidUtf8(piece.within);
  json["except"] = ExceptJson(piece.except);
  return json;
}

Json ExceptJson(const std::vector<Piece>& except) {
  Json list = Json::array();
  for (const Piece& piece : except) list.push_back(PieceJson(piece));
  return list;
}

Json VerdictJson(const sbpl::Verdict& verdict, const sbpl::Profile& profile) {
  Json json;
  json["decision"] = sbpl::Name(verdict.decision);
  json["basis"] = sbpl::Name(verdict.basis);
  const bool has_place = verdict.rule != nullptr && !verdict.rule->implicit;
  json["rule"] = has_place ? Json(base::ToValidUtf8(profile.sources.Where(verdict.rule->range))) : Json(nullptr);
  return json;
}

Json ChangeJson(const ComparedSides& sides, const Change& change) {
  Json json;
  json["allowed_by"] = change.direction == Direction::kOnlySecondAllows ? "second" : "first";
  json["conditions"] = Json::array();
  for (const compare::Condition& condition : change.conditions) json["conditions"].push_back(base::ToValidUtf8(condition.text));
  json["targets"] = PieceJson(change.targets);
  json["description"] = base::ToValidUtf8(regions::TextOf(change.targets));
  Json witness;
  witness["operation"] = change.witness.operation;
  PutBytes(witness, "target", change.witness.target);
  witness["facts"] = JsonTexts(change.witness.facts);
  witness["first"] = VerdictJson(change.witness.first, sides.first);
  witness["second"] = VerdictJson(change.witness.second, sides.second);
  json["witness"] = std::move(witness);
  return json;
}

}  // namespace

std::string DiffText(const ComparedSides& sides, const compare::Comparison& comparison) {
  if (comparison.differences.empty()) return "";
  std::string text = Line("--- " + sides.first_name) + Line("+++ " + sides.second_name);
  for (const compare::Difference& difference : comparison.differences) {
    text += OperationsText(difference.operations, comparison.macos) + "\n";
    text += ChangesText(sides, difference.changes);
  }
  return text;
}

std::string DiffJson(const ComparedSides& sides, const compare::Comparison& comparison) {
  Json json;
  json["format"] = "sbtune-diff";
  json["version"] = 1;
  json["macos"] = comparison.macos;
  json["first"] = base::ToValidUtf8(sides.first_name);
  json["second"] = base::ToValidUtf8(sides.second_name);
  json["complete"] = comparison.gaps.empty() && comparison.untold.empty();
  json["differences"] = Json::array();
  for (const compare::Difference& difference : comparison.differences) {
    Json one;
    one["operations"] = difference.operations;
    one["changes"] = Json::array();
    for (const Change& change : difference.changes) one["changes"].push_back(ChangeJson(sides, change));
    json["differences"].push_back(std::move(one));
  }
  json["gaps"] = Json::array();
  for (const compare::Gap& gap : comparison.gaps) {
    json["gaps"].push_back({{"operations", gap.operations}, {"why", gap.why}});
  }
  json["untold"] = Json::array();
  for (const compare::Untold& untold : comparison.untold) {
    json["untold"].push_back({{"operations", untold.operations}, {"combinations", untold.combinations}});
  }
  return json.dump(2) + "\n";
}

}  // namespace sbtune::cli
