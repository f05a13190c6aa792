#include "profiles/review/apply.h"

#include <algorithm>
#include <map>
#include <span>

#include <fmt/format.h>

#include "core/base/sha256.h"
#include "profiles/review/added_words.h"
#include "profiles/review/rule_growth.h"
#include "profiles/tune/edited_files.h"

namespace sbtune::review {
namespace {

constexpr std::string_view kAgain = "nothing was written: make the proposal again with `sbtune suggest --save`";

// Of several files a crash may have left some as proposed and others not.
std::string Written(const std::string& path, const Proposal& proposal, sbpl::ProfileFiles& files) {
  const auto open = std::ranges::find_if(proposal.files, [&](const ProposedFile& other) {
    const auto text = files.Read(other.path);
    return text && *text != other.text;
  });
  if (open == proposal.files.end()) return path + " already is as proposed; there is nothing to do";
  return fmt::format("{} already is as proposed and {} is not: another apply is at work, or was interrupted; "
                     "`sbtune apply --undo` takes back what it wrote, then apply again", path, open->path);
}

base::Result<FileChange> ReadChange(const ProposedFile& file, const Proposal& proposal, sbpl::ProfileFiles& files) {
  if (std::find(proposal.load.paths.begin(), proposal.load.paths.end(), file.path) == proposal.load.paths.end()) {
    return base::Fail(file.path + " is none of the proposal's own profile files; nothing was written");
  }
  auto text = files.Read(file.path);
  if (!text) return std::unexpected(text.error());
  const std::string digest = base::Sha256Hex(*text);
  if (digest == file.old_sha256) return FileChange{file.path, std::move(*text), file.text};
  if (*text == file.text) return base::Fail(Written(file.path, proposal, files));
  return base::Fail(fmt::format("{} changed since the proposal was made; {}", file.path, kAgain));
}

std::string FirstError(const sbpl::LoadResult& loaded) {
  for (const base::Diagnostic& item : loaded.diagnostics.items()) {
    if (item.severity == base::Severity::kError) {
      return fmt::format("{}: {}", loaded.profile.sources.Where(item.range), item.message);
    }
  }
  return "it has errors";
}

// The first listed access that the profile does not allow, as a sentence.
base::Status CheckAllows(const Proposal& proposal, const sbpl::Profile& profile) {
  const auto policy = sbpl::Policy::Compile(profile, proposal.policy);
  if (!policy) return std::unexpected(policy.error());
  for (const ProposedAccess& access : proposal.allows) {
    if (policy->Decide(sbpl::QueryFromAccess(access.operation, access.target)).decision == sbpl::Decision::kAllow) continue;
    return base::Fail(fmt::format("the changed profile does not allow {} {}", access.operation, access.target.value_or("")));
  }
  return {};
}

base::Status CheckOnDisk(const Proposal& proposal, sbpl::ProfileFiles& files) {
  const sbpl::LoadResult loaded = sbpl::LoadProfile(proposal.load, files);
  if (!loaded.ok()) return base::Fail("the changed profile does not load: " + FirstError(loaded));
  for (const ProposedFile& file : proposal.files) {
    const auto text = files.Read(file.path);
    if (!text || *text != file.text) return base::Fail(file.path + " does not hold what was written");
  }
  return CheckAllows(proposal, loaded.profile);
}

// Newest first; what cannot be brought back is told with its backup.
base::Error TakeBack(std::span<const base::Replaced> done, const base::Error& why) {
  std::string text = why.message + "; the old bytes are back";
  for (auto file = done.rbegin(); file != done.rend(); ++file) {
    const auto undone = base::UndoReplace(file->file);
    if (!undone) text = fmt::format("{}; {} could not be put back: its old bytes are {}", why.message, file->file, file->backup);
  }
  return {text};
}

}  // namespace

base::Result<Examined> Examine(const Proposal& proposal, sbpl::ProfileFiles& files) {
  Examined examined;
  std::map<std::string, std::string> texts;
  for (const ProposedFile& file : proposal.files) {
    auto change = ReadChange(file, proposal, files);
    if (!change) return std::unexpected(change.error());
    if (!texts.emplace(file.path, file.text).second) return base::Fail("the proposal names " + file.path + " twice");
    examined.changes.push_back(std::move(*change));
  }
  const sbpl::LoadResult before = sbpl::LoadProfile(proposal.load, files);
  tune::EditedFiles edited(std::move(texts), files);
  const sbpl::LoadResult after = sbpl::LoadProfile(proposal.load, edited);
  if (!before.ok()) return base::Fail(fmt::format("the profile does not load: {}; {}", FirstError(before), kAgain));
  if (!after.ok()) return base::Fail(fmt::format("the changed profile would not load: {}; {}", FirstError(after), kAgain));
  if (const auto word = AddedWord(before.profile, after.profile)) {
    return base::Fail(fmt::format("the proposal does more than to allow: it adds '{}'; nothing was written", *word));
  }
  RuleGrowth growth = CompareRules(before.profile, after.profile);
  if (!growth.problem.empty()) {
    return base::Fail(fmt::format("the proposal does more than to allow: {}; nothing was written", growth.problem));
  }
  if (auto allowed = CheckAllows(proposal, after.profile); !allowed) {
    return base::Fail(fmt::format("{}; {}", allowed.error().message, kAgain));
  }
  examined.added = std::move(growth.added);
  return examined;
}

base::Result<std::vector<base::Replaced>> Apply(const Proposal& proposal, sbpl::ProfileFiles& files,
                                                const base::ReplaceHook& hook) {
  if (const auto examined = Examine(proposal, files); !examined) return std::unexpected(examined.error());
  std::vector<base::Replaced> done;
  for (const ProposedFile& file : proposal.files) {
    auto replaced = base::ReplaceFile(file.path, file.old_sha256, file.text, hook);
    if (!replaced && done.empty()) return std::unexpected(replaced.error());
    if (!replaced) return std::unexpected(TakeBack(done, replaced.error()));
    done.push_back(std::move(*replaced));
  }
  if (auto good = CheckOnDisk(proposal, files); !good) return std::unexpected(TakeBack(done, good.error()));
  return done;
}

}  // namespace sbtune::review
