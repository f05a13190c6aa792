// What every check works with: the profile, whose places count, and where findings go. Private to this folder.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/lint/finding.h"
#include "profiles/lint/lint.h"

namespace sbtune::lint {

// A finding in the making.
struct Report {
  std::string_view code;
  std::string message;
  base::SourceRange range;
  std::vector<base::Frame> frames = {};
  std::string hint = {};
  std::optional<base::Severity> severity = {};  // absent: the code's own
  std::optional<Fix> fix = {};
};

struct Context {
  const sbpl::Profile& profile;
  const catalog::Catalog& catalog;
  const LintOptions& options;
  std::vector<Finding> findings = {};

  // Whether a place belongs to a file that is judged.
  [[nodiscard]] bool Judged(const base::SourceRange& range) const;
  // Nothing is added for a place that is not judged.
  void Add(Report report);

  [[nodiscard]] std::string Where(const base::SourceRange& range) const { return profile.sources.Where(range); }

  // The text of a string argument, if the source at its place is a string literal that says exactly this: then
  // it can be edited. Nothing for computed strings.
  struct Quoted {
    base::SourceRange range;  // with the quotes
    bool raw = false;         // #"…"
  };
  [[nodiscard]] std::optional<Quoted> QuotedAt(const sbpl::Argument& argument) const;
  // An edit that makes the literal say `text`; nothing if no literal can.
  [[nodiscard]] std::optional<SourceEdit> Requote(const Quoted& quoted, std::string_view text) const;
  // An edit that removes a whole top-level form with its line; nothing if the range is no such form.
  [[nodiscard]] std::optional<SourceEdit> RemoveForm(const base::SourceRange& range) const;
};

[[nodiscard]] std::string_view TextOf(const sbpl::Argument& argument);  // empty for a number

// Calls `visit` for each filter of the rule that has no subfilters.
void ForEachLeaf(const sbpl::Rule& rule, const std::function<void(const sbpl::Filter&)>& visit);

// One a file.
void CheckPaths(Context& context);
void CheckRegexes(Context& context);
void CheckNetwork(Context& context);
void CheckOperations(Context& context);
void CheckStructure(Context& context);
void CheckRules(Context& context);  // after the others

}  // namespace sbtune::lint
