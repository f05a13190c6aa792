#include "profiles/entitlements/advise.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/text.h"
#include "profiles/catalog/glob.h"
#include "profiles/entitlements/matching.h"

namespace sbtune::entitlements {
namespace {

constexpr std::string_view kReadOnly = ".read-only";
constexpr std::string_view kReadWrite = ".read-write";

bool Writable(std::string_view text) {
  return !text.empty() && base::IsValidUtf8(text) &&
         std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

struct Picked {
  std::set<std::string> strings;
  std::set<std::size_t> evidence;
  std::string instead_of;
};

class Adviser {
 public:
  explicit Adviser(const Request& request) : request_(request), table_(Table::BuiltIn()), picks_(table_.keys.size()) {}

  base::Result<Advice> Advise() {
    advice_.sandboxed = request_.list.IsOn("com.apple.security.app-sandbox");
    for (std::size_t i = 0; i < request_.evidence.size(); ++i) {
      if (request_.evidence[i].action == access::Action::kAllow) continue;
      ++advice_.denials;
      Ask(i);
    }
    for (std::size_t i = 0; i < picks_.size(); ++i) Join(i);
    std::vector<Change> changes;
    for (std::size_t i = 0; i < picks_.size(); ++i) {
      const Picked& picked = picks_[i];
      if (picked.evidence.empty()) continue;
      const std::vector<std::string> strings(picked.strings.begin(), picked.strings.end());
      changes.push_back({table_.keys[i].name, strings, picked.instead_of});
      advice_.suggestions.push_back(
          {&table_.keys[i], strings, picked.instead_of, {picked.evidence.begin(), picked.evidence.end()}});
    }
    auto edit = EditPlist(request_.list, changes);
    if (!edit) return std::unexpected(edit.error());
    advice_.edit = std::move(*edit);
    return std::move(advice_);
  }

 private:
  void Leave(std::size_t evidence, Reason reason, std::string text, const Key* key = nullptr) {
    advice_.left.push_back({evidence, reason, std::move(text), key});
  }

  void Ask(std::size_t index) {
    const tune::Evidence& evidence = request_.evidence[index];
    if (const Helper* const helper = HelperOf(evidence)) {
      return Leave(index, Reason::kOtherProcess,
                   evidence.processes.front() + " was denied, not the app: " + helper->why +
                       "; no entitlement of the app changes that");
    }
    if (LeaveByStanding(index, evidence)) return;
    const Subject subject = SubjectOf(evidence, request_.catalog);
    const std::vector<std::size_t> keys = KeysFor(subject);
    for (const std::size_t key : keys) {
      const auto held = HeldAs(request_.list, table_.keys[key], subject);
      if (held) return AlreadyGranted(index, table_.keys[key], *held);
    }
    if (keys.empty()) {
      const bool some_key = std::ranges::any_of(table_.keys, [&](const Key& key) { return Concerns(key, subject, request_.catalog); });
      const bool silent = !evidence.target && some_key && NobodyFor(subject) == nullptr;
      if (silent) return Leave(index, Reason::kNoTarget, "the record does not say what was accessed");
      return Leave(index, Reason::kNoEntitlement, WhyNobody(subject));
    }
    Take(index, keys.front(), subject, evidence);
  }

  // The process of the system that stands for all who were denied; null if one may be the app itself.
  const Helper* HelperOf(const tune::Evidence& evidence) const {
    const Helper* first = nullptr;
    for (const std::string& process : evidence.processes) {
      const auto found = std::ranges::find_if(table_.helpers, [&](const Helper& helper) {
        return catalog::GlobMatches(catalog::FoldCase(helper.process), catalog::FoldCase(process));
      });
      if (found == table_.helpers.end()) return nullptr;
      if (first == nullptr) first = &*found;
    }
    return first;
  }

  bool LeaveByStanding(std::size_t index, const tune::Evidence& evidence) {
    switch (evidence.standing) {
      case tune::Standing::kUsable: break;
      case tune::Standing::kPlatformPolicy:
        Leave(index, Reason::kPlatformPolicy, "the system's own policy denied it, which no entitlement of yours changes");
        return true;
      case tune::Standing::kUntrusted:
        Leave(index, Reason::kNotUsable, "somebody else than the kernel wrote the record");
        return true;
      case tune::Standing::kAmbiguous:
        Leave(index, Reason::kNotUsable, "the record has more than one reading");
        return true;
    }
    return false;
  }

  // By the table's order, temporary exceptions only where nothing else grants it and something may.
  std::vector<std::size_t> KeysFor(const Subject& subject) const {
    std::vector<std::size_t> keys;
    bool proper = false;
    for (std::size_t i = 0; i < table_.keys.size(); ++i) {
      if (!Grants(table_.keys[i], subject, request_.catalog)) continue;
      keys.push_back(i);
      proper = proper || table_.keys[i].standing != Standing::kException;
    }
    if (!proper && NobodyFor(subject) != nullptr) keys.clear();
    return keys;
  }

  const Nobody* NobodyFor(const Subject& subject) const {
    const auto found = std::ranges::find_if(
        table_.nobody, [&](const Nobody& one) { return Covers(one.grant, subject, request_.catalog); });
    return found == table_.nobody.end() ? nullptr : &*found;
  }

  std::string WhyNobody(const Subject& subject) const {
    if (subject.operation == nullptr) return "no profile and no entitlement knows this operation: another part of the system checks it";
    const Nobody* const nobody = NobodyFor(subject);
    return nobody != nullptr ? nobody->why : "no entitlement is known that grants it";
  }

  void AlreadyGranted(std::size_t index, const Key& key, const std::string& name) {
    std::string text = "the file has " + name + " already";
    if (key.standing == Standing::kChosen) {
      text += ", which opens only what the user chooses";
    } else {
      text += "; was the app that was denied signed with it?";
      if (!key.needs.empty()) text += " It also takes " + key.needs;
    }
    Leave(index, Reason::kAlreadyGranted, std::move(text), &key);
  }

  void Take(std::size_t index, std::size_t which, const Subject& subject, const tune::Evidence& evidence) {
    const Key& key = table_.keys[which];
    const std::optional<std::string> value = ListValue(key, subject);
    if (key.value != ValueKind::kTrue) {
      if (!value) return Leave(index, Reason::kNoTarget, "the record does not say what was accessed");
      if (evidence.maybe_cut) return Leave(index, Reason::kNoTarget, "the record may be cut, so its name may go on");
      if (!Writable(*value)) return Leave(index, Reason::kUnwritable, "no property list can carry its bytes");
    }
    if (key.standing == Standing::kException && request_.exceptions == Exceptions::kLeave) {
      return Leave(index, Reason::kException,
                   "only the temporary exception " + key.name +
                       " grants it, for which the App Store wants a reason and which it commonly refuses; "
                       "--exceptions proposes it",
                   &key);
    }
    picks_[which].evidence.insert(index);
    if (value) picks_[which].strings.insert(*value);
  }

  std::optional<std::size_t> Partner(std::size_t read_only) const {
    const std::string& name = table_.keys[read_only].name;
    if (!name.ends_with(kReadOnly)) return std::nullopt;
    const Key* const wide = table_.Find(name.substr(0, name.size() - kReadOnly.size()) + std::string(kReadWrite));
    if (wide == nullptr) return std::nullopt;
    return static_cast<std::size_t>(wide - table_.keys.data());
  }

  // A read-only key and its read-write partner exclude each other; of a list, strings do.
  void Join(std::size_t index) {
    const auto partner = Partner(index);
    if (!partner || picks_[*partner].evidence.empty()) return;
    Picked& narrow = picks_[index];
    Picked& wide = picks_[*partner];
    if (table_.keys[index].value == ValueKind::kTrue) {
      wide.evidence.merge(narrow.evidence);
      narrow.evidence.clear();
      if (request_.list.IsOn(table_.keys[index].name)) wide.instead_of = table_.keys[index].name;
      return;
    }
    for (auto at = narrow.evidence.begin(); at != narrow.evidence.end();) {
      const auto value = ListValue(table_.keys[index], SubjectOf(request_.evidence[*at], request_.catalog));
      const bool doubled = value && wide.strings.contains(*value);
      if (doubled) {
        narrow.strings.erase(*value);
        wide.evidence.insert(*at);
      }
      at = doubled ? narrow.evidence.erase(at) : std::next(at);
    }
  }

  const Request& request_;
  const Table& table_;
  std::vector<Picked> picks_;  // by key
  Advice advice_;
};

}  // namespace

std::string_view Name(Reason reason) {
  switch (reason) {
    case Reason::kNoEntitlement: return "no-entitlement";
    case Reason::kOtherProcess: return "other-process";
    case Reason::kException: return "exception";
    case Reason::kAlreadyGranted: return "already-granted";
    case Reason::kPlatformPolicy: return "platform-policy";
    case Reason::kNotUsable: return "not-usable";
    case Reason::kNoTarget: return "no-target";
    case Reason::kUnwritable: return "unwritable";
  }
  return "no-entitlement";
}

base::Result<Advice> Advise(const Request& request) { return Adviser(request).Advise(); }

}  // namespace sbtune::entitlements
