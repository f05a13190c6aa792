// What is known of operations, filters and modifiers, per macOS version. Data, with provenance, in catalog.json;
// nothing here is derived from spelling. One Catalog per version, immutable, shared, alive for the program's time.
#pragma once

#include <cstdint>
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
  std::vector<std::string_view> filters;  // canonical names of the filters that apply
};

enum class ArgumentType : std::uint8_t { kString, kPath, kRegex, kInteger, kBitfield, kNetwork, kNone };

struct NamedValue {
  std::string_view name;
  std::int64_t value;
};

struct Filter {
  std::string_view name;             // canonical, derived ones included: "path-regex"
  std::string_view base;             // the filter it derives from, else its own name
  ArgumentType argument = ArgumentType::kString;
  bool applies_everywhere = false;   // categories extension, process, system, sandbox
  std::vector<NamedValue> named_values;
};

struct ModifierInfo {
  std::string_view name;
  bool on_allow = true;
  bool on_deny = true;
  ArgumentType argument = ArgumentType::kNone;
  bool dropped = false;              // accepted, no effect on the rule
};

struct OperationName {               // the answer to "what does this word mean?"
  const Operation* operation = nullptr;  // null for a no-op
  bool no_op = false;                // accepted and dropped by this version
  bool alias = false;
};

class Catalog {
 public:
  // `macos` like "14.4", "10.15", "15"; empty: the newest known. An unknown version is an Error that lists the
  // known ones; a point release takes the nearest older table.
  [[nodiscard]] static base::Result<const Catalog*> ForVersion(std::string_view macos);
  [[nodiscard]] static std::span<const std::string_view> Versions();

  [[nodiscard]] std::string_view version() const { return version_; }
  [[nodiscard]] std::optional<OperationName> FindOperation(std::string_view word) const;
  [[nodiscard]] const Filter* FindFilter(std::string_view word) const;  // aliases resolved
  [[nodiscard]] const ModifierInfo* FindModifier(std::string_view word) const;  // aliases resolved
  [[nodiscard]] bool Applies(const Filter& filter, const Operation& operation) const;
  [[nodiscard]] std::span<const Operation> operations() const { return operations_; }
  [[nodiscard]] std::span<const Filter> filters() const { return filters_; }
  // Every word accepted, aliases too: for hints.
  [[nodiscard]] std::vector<std::string_view> OperationWords() const;
  [[nodiscard]] std::vector<std::string_view> FilterWords() const;

 private:
  friend class CatalogBuilder;
  Catalog() = default;
  std::string_view version_;
  std::vector<Operation> operations_;
  std::vector<Filter> filters_;
  std::vector<ModifierInfo> modifiers_;
  struct Index;
  const Index* index_ = nullptr;
};

// Operation names of any version, aliases too: what the log reader takes for an operation.
[[nodiscard]] bool IsOperationName(std::string_view word);

}  // namespace sbtune::catalog
