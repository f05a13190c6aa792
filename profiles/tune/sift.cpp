#include "profiles/tune/sift.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace sbtune::tune {
namespace {

using sbpl::Basis;
using sbpl::Decision;
using sbpl::Rule;

bool NamesFile(std::string_view name, std::string_view file) {
  if (name == file) return true;
  return name.size() > file.size() && name.ends_with(file) && name[name.size() - file.size() - 1] == '/';
}

bool CoversLine(const sbpl::Profile& profile, base::SourceRange range, const RulePlace& place) {
  if (range.source == base::kNoSource || !NamesFile(profile.sources.Name(range.source), place.file)) return false;
  const std::uint32_t last = range.offset + (range.length == 0 ? 0 : range.length - 1);
  return profile.sources.Locate(range.source, range.offset).line <= place.line &&
         place.line <= profile.sources.Locate(range.source, last).line;
}

// The rules that the user gave up by name. A place that names no deny is a mistake worth stopping for.
base::Result<std::vector<const Rule*>> FindOverrides(const sbpl::Profile& profile, std::span<const RulePlace> places) {
  std::vector<const Rule*> rules;
  for (const RulePlace& place : places) {
    const Rule* first = nullptr;
    for (const Rule& rule : profile.rules) {
      if (rule.action != access::Action::kDeny || !CoversLine(profile, rule.range, place)) continue;
      if (first != nullptr && first->range.source != rule.range.source) {
        return base::Fail(fmt::format("{} may be {} or {}; write more of the path", place.file,
                                      profile.sources.Name(first->range.source),
                                      profile.sources.Name(rule.range.source)));
      }
      rules.push_back(&rule);
      first = &rule;
    }
    if (first == nullptr) {
      return base::Fail(fmt::format("no deny rule of the profile stands at {}:{}; name the file and line that the "
                                    "denial's reason shows",
                                    place.file, place.line));
    }
  }
  return rules;
}

// Paths that a log shortened: "...", or a private value that the log hides.
bool IsElided(std::string_view target) {
  if (target == "<private>" || target.ends_with("...")) return true;
  return target.find("/.../") != std::string_view::npos || target.starts_with(".../");
}

// A word that a shell takes as it is.
std::string ForShell(const std::string& word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// A record that may not speak, where one that may says the same. The evidence is sorted so that it comes before.
bool IsEcho(std::span<const Evidence> evidence, std::size_t index) {
  const Evidence& item = evidence[index];
  if (item.standing != Standing::kAmbiguous && item.standing != Standing::kUntrusted) return false;
  for (std::size_t i = index; i-- > 0;) {
    const Evidence& other = evidence[i];
    if (other.operation != item.operation || other.target != item.target || other.action != item.action) return false;
    if (other.standing == Standing::kUsable) return true;
  }
  return false;
}

class Sifter {
 public:
  Sifter(const sbpl::Profile& profile, const sbpl::Policy& policy, const catalog::Catalog& catalog,
         std::vector<const Rule*> overrides)
      : profile_(profile), policy_(policy), catalog_(catalog), overrides_(std::move(overrides)) {}

  void Add(std::size_t index, const Evidence& evidence) {
    if (auto refusal = Unfit(evidence)) return Leave(index, std::move(*refusal), nullptr);
    const catalog::Operation* operation = catalog_.FindLoggedOperation(evidence.operation);
    if (operation == nullptr) return Leave(index, NotInProfiles(evidence), nullptr);
    Want want{.evidence = index, .operation = operation,
              .query = sbpl::QueryFromAccess(operation->name, evidence.target)};
    const sbpl::Verdict verdict = policy_.Decide(want.query);
    switch (verdict.decision) {
      case Decision::kAllow: return Leave(index, {Reason::kAlreadyAllowed, AllowedBy(verdict)}, verdict.rule);
      case Decision::kUnknown: return Undecided(index, evidence, *operation, verdict);
      case Decision::kDeny: return Denied(std::move(want), evidence, verdict);
    }
  }

  Sifted Take() {
    std::sort(sifted_.overridden.begin(), sifted_.overridden.end());
    sifted_.overridden.erase(std::unique(sifted_.overridden.begin(), sifted_.overridden.end()),
                             sifted_.overridden.end());
    return std::move(sifted_);
  }

 private:
  void Leave(std::size_t index, Refusal refusal, const Rule* rule) {
    sifted_.left.push_back({index, std::move(refusal), rule});
  }

  static std::optional<Refusal> Unfit(const Evidence& evidence) {
    switch (evidence.standing) {
      case Standing::kUsable: break;
      case Standing::kAmbiguous:
        return Refusal{Reason::kAmbiguous, "the log line can be read in more than one way"};
      case Standing::kUntrusted:
        return Refusal{Reason::kUntrusted, "neither the kernel nor sandboxd wrote the record"};
      case Standing::kPlatformPolicy:
        return Refusal{Reason::kPlatformPolicy, "System Policy denied it, which no profile can change"};
    }
    return std::nullopt;
  }

  static Refusal NotInProfiles(const Evidence& evidence) {
    if (catalog::IsLogOnlyOperation(evidence.operation)) {
      return {Reason::kNotInProfiles, "the system checks it beside the profile; no rule can allow it"};
    }
    return {Reason::kNotInProfiles, "this macOS version knows no such operation (see --macos)"};
  }

  std::string AllowedBy(const sbpl::Verdict& verdict) const {
    if (verdict.rule != nullptr) return "already allowed by " + WhereIs(*verdict.rule, profile_);
    return fmt::format("already allowed: {} is allowed unless a rule names it", verdict.operation);
  }

  // A target that is missing or shortened leaves filters without an answer: then that is the reason.
  void Undecided(std::size_t index, const Evidence& evidence, const catalog::Operation& operation,
                 const sbpl::Verdict& verdict) {
    if (auto refusal = Incomplete(evidence)) return Leave(index, std::move(*refusal), verdict.rule);
    if (!evidence.target && !operation.filters.empty()) {
      return Leave(index, {Reason::kNoTarget, "the log names no target"}, verdict.rule);
    }
    Leave(index, {Reason::kUnknownFact, "undecided: " + verdict.unknown_reason}, verdict.rule);
  }

  static std::optional<Refusal> Incomplete(const Evidence& evidence) {
    if (evidence.target && IsElided(*evidence.target)) {
      return Refusal{Reason::kIncompleteTarget, "the log shows the target shortened"};
    }
    if (evidence.maybe_cut) {
      return Refusal{Reason::kIncompleteTarget,
                     "the record is as long as the kernel lets one be, so the target may be cut"};
    }
    return std::nullopt;
  }

  bool IsOverridden(const Rule* rule) const {
    return std::find(overrides_.begin(), overrides_.end(), rule) != overrides_.end();
  }

  void Denied(Want want, const Evidence& evidence, const sbpl::Verdict& verdict) {
    const std::size_t index = want.evidence;
    if (auto refusal = Incomplete(evidence)) return Leave(index, std::move(*refusal), verdict.rule);
    if (HasSecondReading(want.query)) {
      return Leave(index, {Reason::kAmbiguous, "the target can be read in more than one way"}, verdict.rule);
    }
    auto exact = MakeExactFilter(want.query, *want.operation, catalog_);
    if (auto refusal = Protected(want, verdict, exact.has_value() && !exact->filter)) {
      return Leave(index, std::move(*refusal), verdict.rule);
    }
    if (!exact) return Leave(index, std::move(exact.error()), verdict.rule);
    want.exact = std::move(*exact);
    sifted_.wants.push_back(std::move(want));
  }

  // A deny that the user wrote on purpose stays, unless the user named it. Sets what the new rule must follow.
  std::optional<Refusal> Protected(Want& want, const sbpl::Verdict& verdict, bool unfiltered) {
    const bool own_operation = verdict.operation == want.operation->name;
    if (verdict.basis == Basis::kImplicitRule) {
      return Refusal{Reason::kImplicitDeny, "the system itself denies it in front of every profile"};
    }
    const bool filtered = verdict.basis == Basis::kFilteredRule;
    const bool undone = verdict.basis == Basis::kPlainRule && own_operation && unfiltered;
    if (!filtered && !undone) return std::nullopt;
    if (own_operation) want.after = verdict.rule;
    const std::string where = WhereIs(*verdict.rule, profile_);
    if (!IsOverridden(verdict.rule)) {
      const std::string_view what = filtered ? "a deny of the profile names it" : "the profile denies this operation";
      return Refusal{filtered ? Reason::kFilteredDeny : Reason::kPlainDeny,
                     fmt::format("{}: {}; to allow it all the same: --override {}", what, where, ForShell(where))};
    }
    want.overridden = verdict.rule;
    sifted_.overridden.push_back(verdict.rule);
    return std::nullopt;
  }

  const sbpl::Profile& profile_;
  const sbpl::Policy& policy_;
  const catalog::Catalog& catalog_;
  std::vector<const Rule*> overrides_;
  Sifted sifted_;
};

}  // namespace

base::Result<RulePlace> ParseRulePlace(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  RulePlace place;
  if (colon != std::string_view::npos && colon > 0) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), place.line);
    place.file = text.substr(0, colon);
    if (error == std::errc() && end == digits.data() + digits.size() && place.line > 0) return place;
  }
  return base::Fail(fmt::format("'{}' is not FILE:LINE", text));
}

std::string WhereIs(const Rule& rule, const sbpl::Profile& profile) {
  if (rule.implicit || rule.range.source == base::kNoSource) return "the system (in front of every profile)";
  return fmt::format("{}:{}", profile.sources.Name(rule.range.source),
                     profile.sources.Locate(rule.range.source, rule.range.offset).line);
}

base::Result<Sifted> Sift(std::span<const Evidence> evidence, const sbpl::Profile& profile,
                          const sbpl::Policy& policy, const catalog::Catalog& catalog,
                          std::span<const RulePlace> overrides) {
  auto rules = FindOverrides(profile, overrides);
  if (!rules) return std::unexpected(rules.error());
  Sifter sifter(profile, policy, catalog, std::move(*rules));
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    if (evidence[i].action == access::Action::kDeny && !IsEcho(evidence, i)) sifter.Add(i, evidence[i]);
  }
  return sifter.Take();
}

}  // namespace sbtune::tune
