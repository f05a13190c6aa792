// What is known of operations, filters and modifiers, per macOS version. Data, with provenance, in catalog.json
// (written by make_catalog.py); nothing here is derived from spelling. One Catalog per version, immutable, shared
// between threads, alive for the program's time. Each holds the operations of every version, marked as such:
//
//   const Catalog& catalog = **Catalog::ForVersion("14.4");
//   catalog.FindOperation("process-exec")->operation->name;  // "process-exec*"
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace sbtune::catalog {

enum class Terminal : std::uint8_t { kNo, kDenied, kAllowed };  // what decides when no rule does

struct Operation {
  std::string_view name;
  std::string_view parent;           // the operation asked next; empty for a terminal one and for `default`
  Terminal terminal = Terminal::kNo;
  bool default_allowed = false;      // (version 1)'s preamble allows it unless a rule names exactly it
  bool only_newer = false;           // known by name from a newer system than the one selected
  bool only_older = false;           // older systems had it, the selected one does not: a rule on it is dead
  bool inferred = false;             // no table has it: parent and filters are modelled on its neighbours
  std::vector<std::string_view> filters;    // canonical base names of the filters that apply
  std::vector<std::string_view> modifiers;  // of those with `only_listed`
};

enum class ArgumentType : std::uint8_t { kString, kPath, kRegex, kInteger, kBitfield, kNetwork, kNone };

struct NamedValue {
  std::string_view name;
  std::int64_t value;
};

enum class MatchKind : std::uint8_t { kExact, kPrefix, kSubpath, kRegex };  // of kString and kPath filters

struct Filter {
  std::string_view name;             // canonical, derived ones included: "path-regex"
  std::string_view base;             // the filter it derives from, else its own name
  ArgumentType argument = ArgumentType::kString;
  MatchKind match = MatchKind::kExact;
  bool applies_everywhere = false;   // categories extension, process, system, sandbox
  bool folds_case = false;           // compares without case; the others compare bytes
  std::vector<NamedValue> named_values;
  int values_missing = 0;            // named values that exist but whose numbers are not known
};

// A word without arguments that stands for a filter with one: (debug-mode) is (system-attribute 1).
struct FilterShorthand {
  std::string_view name;
  std::string_view filter;
  std::optional<std::int64_t> value;  // the argument: a number, spelled `alias`
  std::string_view alias;
  std::string_view text;              // or a text
};

struct ModifierInfo {
  std::string_view name;
  bool on_allow = true;
  bool on_deny = true;
  ArgumentType argument = ArgumentType::kNone;
  bool dropped = false;              // accepted, no effect on the rule
  bool only_listed = false;          // only on operations that list it (or that have such a descendant)
  std::optional<std::int64_t> implied;  // `termination` is send-signal with this argument already given
  std::vector<NamedValue> named_values;
};

struct OperationName {               // the answer to "what does this word mean?"
  const Operation* operation = nullptr;  // null for a no-op
  bool no_op = false;                // accepted and dropped by this version
  bool alias = false;
};

class Catalog {
 public:
  // `macos` like "14.4", "10.15", "15"; empty: the newest known. A version between two tables, or past the
  // newest, takes the nearest older table. One before the oldest, or no version at all, is an Error that lists
  // the known ones.
  [[nodiscard]] static base::Result<const Catalog*> ForVersion(std::string_view macos);
  [[nodiscard]] static std::span<const std::string_view> Versions();

  [[nodiscard]] std::string_view version() const { return version_; }
  [[nodiscard]] bool IsAtLeast(std::string_view version) const;  // one of Versions()
  // What a profile means by the word, aliases and no-ops resolved.
  [[nodiscard]] std::optional<OperationName> FindOperation(std::string_view word) const;
  // What a log line means by it: a few words mean a wildcard in a profile and a leaf in a log.
  [[nodiscard]] const Operation* FindLoggedOperation(std::string_view word) const;
  // Aliases resolved. The combinators require-any, -all, -not and the entitlement forms are the language's own.
  [[nodiscard]] const Filter* FindFilter(std::string_view word) const;
  [[nodiscard]] const FilterShorthand* FindShorthand(std::string_view word) const;
  [[nodiscard]] const ModifierInfo* FindModifier(std::string_view word) const;  // aliases resolved
  // Whether the filter may stand on the operation. A wildcard takes what any of its descendants takes: Apple's
  // and others' working profiles rely on it. Apple's 10.15.2 also ships a few filters where the tables do not
  // have them ((allow … mach-lookup … (subpath …))), so a loader had better warn than stop.
  [[nodiscard]] bool Applies(const Filter& filter, const Operation& operation) const;
  [[nodiscard]] bool Applies(const ModifierInfo& modifier, const Operation& operation) const;

  [[nodiscard]] std::span<const Operation> operations() const { return operations_; }
  [[nodiscard]] std::span<const Filter> filters() const { return filters_; }
  [[nodiscard]] std::span<const FilterShorthand> shorthands() const { return shorthands_; }
  [[nodiscard]] std::span<const ModifierInfo> modifiers() const { return modifiers_; }
  // Position in operations(), the same in every version.
  [[nodiscard]] std::size_t Id(const Operation& operation) const { return &operation - operations_.data(); }
  // The next operation to ask; null at a terminal one.
  [[nodiscard]] const Operation* Parent(const Operation& operation) const;
  // Every word accepted, aliases too: for hints.
  [[nodiscard]] std::vector<std::string_view> OperationWords() const;
  [[nodiscard]] std::vector<std::string_view> FilterWords() const;

  ~Catalog();
  Catalog(Catalog&&) noexcept;

 private:
  friend class CatalogBuilder;
  Catalog();
  std::string_view version_;
  std::vector<Operation> operations_;
  std::vector<Filter> filters_;
  std::vector<FilterShorthand> shorthands_;
  std::vector<ModifierInfo> modifiers_;
  struct Index;
  std::unique_ptr<const Index> index_;
};

// Operation names of any version, aliases and no-ops too, and the words that only logs use
// ("forbidden-exec-sugid", "forbidden-link-priv<file-write*>"): what the log reader takes for an operation.
[[nodiscard]] bool IsOperationName(std::string_view word);

// Words that only logs use, for checks beside the profile: no rule can name them or change their outcome.
[[nodiscard]] bool IsLogOnlyOperation(std::string_view word);

}  // namespace sbtune::catalog
