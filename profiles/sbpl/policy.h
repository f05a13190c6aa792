// Decides accesses as the kernel does: per operation the last matching filtered rule, else the operation's
// unfiltered rule wherever it stands, else the parent operation. Compiled once from a Profile (which must outlive
// it); deciding is const, thread-safe, and costs work for the rules of one operation chain only.
//
//   auto policy = Policy::Compile(loaded.profile, {});
//   const Verdict verdict = policy->Decide(QueryFromAccess("file-read-data", "/private/etc/hosts"));
//
// An answer is what this profile says, never a promise: the system's own policy and SIP are asked as well.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/facts.h"
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
  kNoOperation,     // the word is no operation that anyone knows; unknown
  kBesideProfile,   // the kernel forbids it whatever the profile says ("forbidden-exec-sugid")
};
[[nodiscard]] std::string_view Name(Basis basis);  // "filtered-rule", "plain-rule", …: stable, for JSON

// How paths compare; real volumes fold by default. Folded are the letters A-Z only, other characters compare byte by
// byte: "É" is not "é", and "é" is not "e" with an accent behind it (NFC, NFD), though a volume takes them for the same
// name. What the system does with them has not been shown; a log spells a path as its volume does.
enum class CaseRule : std::uint8_t { kFoldPaths, kExact };

enum class Engine : std::uint8_t { kIndexed, kOneByOne };  // the latter to compare with: tries rule after rule

struct PolicyOptions {
  CaseRule case_rule = CaseRule::kFoldPaths;
  std::vector<Fact> facts = {};  // --fact
  Engine engine = Engine::kIndexed;
};

struct Step {  // one thing tried on the way, for `explain`
  enum class Kind : std::uint8_t {
    kRuleDidNotMatch, kRuleMatched, kRuleUnknown,  // a filtered rule, the last of the file first
    kPlain,                                        // the operation's unfiltered rule decides
    kToParent,                                     // nothing here decides: `operation` asks `next`
    kTerminal,                                     // the table decides: no rule names the operation
  };
  Kind kind;
  std::string operation;
  std::string next;           // of kToParent
  const Rule* rule = nullptr; // null for kToParent, kTerminal
  const Filter* filter = nullptr;  // of the rule: the one that matched, or that cannot be judged
  std::string note;           // of kRuleUnknown: what is missing
  bool operator==(const Step&) const = default;
};

struct Verdict {
  Decision decision = Decision::kDeny;
  Basis basis = Basis::kDefaultDenied;
  const Rule* rule = nullptr;      // lives in the Profile (or in the Policy, for implicit rules); may be null
  std::string_view operation;      // the operation whose entry decided (a parent perhaps); lives for ever
  std::string unknown_reason;      // for kUnknown: which fact is missing; `rule` is the one that needs it
  bool operator==(const Verdict&) const = default;
};

class Policy {
 public:
  // Fails when the profile's macOS version is unknown to the catalog or a regex cannot be compiled.
  [[nodiscard]] static base::Result<Policy> Compile(const Profile& profile, const PolicyOptions& options);
  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;
  ~Policy();

  // Where a missing fact makes no difference (both outcomes of the filter lead to the same decision) the answer
  // is that decision, not unknown.
  [[nodiscard]] Verdict Decide(const Query& query) const;
  // The same verdict with everything that was tried, in order. Walks the rules one by one.
  [[nodiscard]] Verdict Explain(const Query& query, std::vector<Step>& steps) const;

  // The rules that match as well but do not decide, in the order in which they would be asked: what people expect
  // to win who read a profile from top to bottom. kRuleMatched, kRuleUnknown and kPlain steps.
  [[nodiscard]] std::vector<Step> HiddenMatches(const Query& query) const;

  // Whether filters see /private/tmp/x where the target says /tmp/x (Query::path, not spelled_path).
  [[nodiscard]] bool ComparesCanonicalPaths() const;
  [[nodiscard]] const catalog::Catalog& catalog() const;
  // The rules that the system adds, after the profile's own.
  [[nodiscard]] const std::vector<Rule>& implicit_rules() const;

 private:
  struct State;
  explicit Policy(std::unique_ptr<State> state);
  [[nodiscard]] Verdict Ask(const Query& query, std::vector<Step>* steps) const;
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::sbpl
