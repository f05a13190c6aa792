// Decides accesses as the kernel does: per operation the last matching filtered rule, else the operation's
// unfiltered rule wherever it stands, else the parent operation. Compiled once from a Profile (which must outlive
// it); deciding is const, thread-safe, and costs work for the rules of one operation chain only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/profile.h"
#include "profiles/sbpl/query.h"

namespace sbtune::sbpl {

enum class Decision : std::uint8_t { kAllow, kDeny, kUnknown };
[[nodiscard]] std::string_view Name(Decision decision);  // "allow", "deny", "unknown"

enum class Basis : std::uint8_t {
  kFilteredRule,    // `rule` matched through a filter
  kPlainRule,       // `rule` is the operation's unconditional rule
  kImplicitRule,    // a rule that the system adds in front of every profile
  kDefaultAllowed,  // a terminal operation, or one that (version N) allows unless it is named
  kDefaultDenied,   // nothing decided: denied
  kUnknownFact,     // a filter needs a fact that nobody gave
};

enum class CaseRule { kFoldPaths, kExact };  // how paths compare; real volumes fold by default

struct PolicyOptions {
  CaseRule case_rule = CaseRule::kFoldPaths;
  std::map<std::string, std::vector<std::string>> facts;  // --fact NAME=VALUE, by canonical filter name
};

struct Step {  // one thing tried on the way, for `explain`
  enum class Kind : std::uint8_t { kRuleDidNotMatch, kRuleMatched, kRuleUnknown, kPlain, kToParent, kTerminal };
  Kind kind;
  std::string operation;
  const Rule* rule = nullptr;  // null for kToParent, kTerminal
  std::string note;
};

struct Verdict {
  Decision decision = Decision::kDeny;
  Basis basis = Basis::kDefaultDenied;
  const Rule* rule = nullptr;      // lives in the Profile (or in the Policy, for implicit rules); may be null
  std::string_view operation;      // the operation whose entry decided (a parent perhaps); lives in the Policy
  std::string unknown_reason;      // for kUnknown: which fact is missing
};

class Policy {
 public:
  // Fails when the profile's macOS version is unknown to the catalog or a regex cannot be compiled.
  [[nodiscard]] static base::Result<Policy> Compile(const Profile& profile, const PolicyOptions& options);
  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;
  ~Policy();

  [[nodiscard]] Verdict Decide(const Query& query) const;
  // The same decision with everything that was tried, in order.
  [[nodiscard]] Verdict Explain(const Query& query, std::vector<Step>& steps) const;

 private:
  struct State;
  explicit Policy(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::sbpl
