#include "profiles/tagging/tagged_profile.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "core/access/run_tag.h"
#include "profiles/sbpl/edit/rule_form.h"
#include "profiles/sbpl/edit/text_edit.h"
#include "profiles/sbpl/print.h"

namespace sbtune::tagging {
namespace {

// Where the copy seems to stand: beside the first fragment, so that its imports are found as before.
std::string CopyName(const sbpl::LoadOptions& load) {
  const std::string first = load.paths.empty() ? "" : load.paths[0];
  return first.substr(0, first.rfind('/') + 1) + "(tagged copy)";
}

enum class Extent : std::uint8_t { kAllForms, kTopLevel, kNothing };

bool Has(const sbpl::Rule& rule, std::string_view modifier) {
  return std::any_of(rule.modifiers.begin(), rule.modifiers.end(),
                     [&](const sbpl::Modifier& each) { return each.name == modifier; });
}

const std::string* MessageOf(const sbpl::Rule& rule) {
  for (const sbpl::Modifier& modifier : rule.modifiers) {
    if (modifier.name == "message" && !modifier.arguments.empty()) {
      return std::get_if<std::string>(&modifier.arguments[0].value);
    }
  }
  return nullptr;
}

struct ByPlace {
  bool operator()(const base::SourceRange& a, const base::SourceRange& b) const {
    return std::tie(a.source, a.offset, a.length) < std::tie(b.source, b.offset, b.length);
  }
};
// Denies by the form that made them.
using Forms = std::map<base::SourceRange, std::vector<std::size_t>, ByPlace>;

Forms DenyForms(const sbpl::Profile& profile) {
  Forms forms;
  for (std::size_t i = 0; i < profile.rules.size(); ++i) {
    const sbpl::Rule& rule = profile.rules[i];
    if (rule.action == access::Action::kDeny && !rule.implicit) forms[rule.range].push_back(i);
  }
  return forms;
}

// The copy's text in the place of the files that were loaded.
class CopyFiles final : public sbpl::ProfileFiles {
 public:
  CopyFiles(const std::string& name, const std::string& text, sbpl::ProfileFiles& files)
      : name_(name), text_(text), files_(files) {}
  base::Result<std::string> Read(const std::string& path) override {
    return path == name_ ? base::Result<std::string>(text_) : files_.Read(path);
  }
  bool Exists(const std::string& path) override { return path == name_ || files_.Exists(path); }

 private:
  const std::string& name_;
  const std::string& text_;
  sbpl::ProfileFiles& files_;
};

class Tagger {
 public:
  Tagger(const sbpl::Profile& profile, const sbpl::LoadOptions& load, const std::string& nonce,
         sbpl::ProfileFiles& files)
      : profile_(profile), load_(load), nonce_(nonce), files_(files), forms_(DenyForms(profile)) {}

  std::optional<TaggedProfile> Try(Extent extent) {
    tagged_ = TaggedProfile{};
    tagged_.nonce = nonce_;
    shared_.clear();
    edits_.assign(profile_.fragments.size(), {});
    for (const auto& [range, rules] : forms_) Consider(range, rules, extent);
    tagged_.text = Join();
    if (extent != Extent::kNothing) NameDefault();
    if (!SameRules()) return std::nullopt;
    return std::move(tagged_);
  }

 private:
  void Consider(base::SourceRange range, const std::vector<std::size_t>& rules, Extent extent) {
    const auto all = [&](std::string_view modifier) {
      return std::all_of(rules.begin(), rules.end(), [&](std::size_t i) { return Has(profile_.rules[i], modifier); });
    };
    if (all("no-report")) return;  // never logged
    if (KeepMessages(range, rules)) return;
    const auto fragment = std::find(profile_.fragments.begin(), profile_.fragments.end(), range.source);
    if (fragment == profile_.fragments.end()) {
      tagged_.imported += rules.size();
      return;
    }
    const auto& top = profile_.top_level_forms;
    const bool top_level = std::find(top.begin(), top.end(), range) != top.end();
    const bool wanted = extent == Extent::kAllForms || (extent == Extent::kTopLevel && top_level);
    const std::optional<sbpl::RuleForm> form = wanted ? sbpl::ReadRuleForm(profile_.sources, range) : std::nullopt;
    if (!form || form->head != "deny") {
      tagged_.unwritten += rules.size();
      return;
    }
    // Before the closing parenthesis, which cannot stand in a comment.
    const auto index = static_cast<std::size_t>(fragment - profile_.fragments.begin());
    edits_[index].push_back({range.offset + range.length - 1, 0, Modifier()});
    tagged_.forms.push_back({range, rules});
  }

  // A second message would be an error: where a rule has one, it stays and names the form.
  bool KeepMessages(base::SourceRange range, const std::vector<std::size_t>& rules) {
    bool any = false;
    for (const std::size_t i : rules) {
      const std::string* message = MessageOf(profile_.rules[i]);
      any = any || Has(profile_.rules[i], "message");
      if (message == nullptr || shared_.contains(*message)) continue;
      const auto [entry, fresh] = tagged_.messages.try_emplace(*message, TaggedForm{range, rules});
      if (!fresh && entry->second.range != range) {
        shared_.insert(*message);
        tagged_.messages.erase(entry);
      }
    }
    return any;
  }

  std::string Modifier() const {
    const auto number = static_cast<std::uint32_t>(tagged_.forms.size());
    return fmt::format(" (with message \"{}\")", access::WriteRunTag(nonce_, number));
  }

  std::string Join() {
    std::string text;
    for (std::size_t i = 0; i < profile_.fragments.size(); ++i) {
      sbpl::SortEdits(edits_[i]);
      text += sbpl::ApplyEdits(profile_.sources.Text(profile_.fragments[i]), edits_[i]);
      if (!text.empty() && text.back() != '\n') text += '\n';
    }
    return text;
  }

  // What no rule allows is denied without a rule, and so without a tag. Saying it changes no decision.
  void NameDefault() {
    for (const sbpl::Rule& rule : profile_.rules) {
      for (const sbpl::RuleOperation& operation : rule.operations) {
        if (operation.name == "default") return;
      }
    }
    tagged_.names_default = true;
    tagged_.text += "(deny default" + Modifier() + ")\n";
    tagged_.forms.push_back({});
  }

  // As the profile itself has them, but for our messages and the added default, which comes last.
  bool SameRules() {
    sbpl::LoadOptions load = load_;
    const std::string name = CopyName(load_);
    load.paths = {name};
    CopyFiles files(name, tagged_.text, files_);
    const sbpl::LoadResult copy = sbpl::LoadProfile(load, files);
    const std::size_t added = tagged_.names_default ? 1 : 0;
    if (!copy.ok() || copy.profile.rules.size() != profile_.rules.size() + added) return false;
    for (std::size_t i = 0; i < profile_.rules.size(); ++i) {
      sbpl::Rule rule = copy.profile.rules[i];
      std::erase_if(rule.modifiers, [&](const sbpl::Modifier& modifier) {
        const auto* text = modifier.name == "message" && !modifier.arguments.empty()
                               ? std::get_if<std::string>(&modifier.arguments[0].value)
                               : nullptr;
        return text != nullptr && access::ReadRunTag(*text, nonce_);
      });
      if (sbpl::Print(rule) != sbpl::Print(profile_.rules[i])) return false;
    }
    return true;
  }

  const sbpl::Profile& profile_;
  const sbpl::LoadOptions& load_;
  const std::string& nonce_;
  sbpl::ProfileFiles& files_;
  const Forms forms_;
  TaggedProfile tagged_;
  std::set<std::string> shared_;  // messages that more than one form has
  std::vector<std::vector<sbpl::TextEdit>> edits_;  // by fragment
};

}  // namespace

const TaggedForm* TaggedProfile::Find(std::string_view tag) const {
  if (const auto number = access::ReadRunTag(tag, nonce)) return *number < forms.size() ? &forms[*number] : nullptr;
  const auto found = messages.find(tag);
  return found == messages.end() ? nullptr : &found->second;
}

base::Result<TaggedProfile> TagDenies(const sbpl::Profile& profile, const sbpl::LoadOptions& load,
                                      const std::string& nonce, sbpl::ProfileFiles& files) {
  Tagger tagger(profile, load, nonce, files);
  // A profile that redefines `deny`, or looks at its own text, may not take a modifier everywhere.
  for (const Extent extent : {Extent::kAllForms, Extent::kTopLevel, Extent::kNothing}) {
    if (std::optional<TaggedProfile> tagged = tagger.Try(extent)) return *std::move(tagged);
  }
  return base::Fail("the fragments do not mean the same as one file; join them into one profile and run that");
}

}  // namespace sbtune::tagging
