// A copy of a profile whose denies carry a message each, so that the kernel's record names the form that decided.
// The user's own text with small insertions: what sandbox-exec evaluates stays what the user wrote, functions,
// conditions and imports included. The copy is loaded again and must have the same rules, or fewer tags are put in.
//
//   auto tagged = tagging::TagDenies(loaded.profile, load_options, nonce, files);
//   … write tagged->text to a file, run …
//   if (const tagging::TaggedForm* form = tagged->Find(*record.tag)) profile.sources.Where(form->range) …
//
// Not tagged, and counted: denies in imported files (their text is not ours to change), denies that are not logged
// (no-report), forms that are not written as (deny …). A deny that has a message keeps it; the message then names it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::tagging {

struct TaggedForm {
  base::SourceRange range;          // in the original profile; none for the default that was added
  std::vector<std::size_t> rules;   // of the original profile that this form made; ascending
};

struct TaggedProfile {
  std::string text;                          // all fragments in load order, as one file for sandbox-exec
  std::string nonce;
  std::vector<TaggedForm> forms;             // by the number in the tag
  std::map<std::string, TaggedForm, std::less<>> messages;  // of the user's own, where one form alone has it
  bool names_default = false;                // a (deny default) was added, because the profile has none
  std::size_t imported = 0;                  // denies without tag, because they stand in imported files
  std::size_t unwritten = 0;                 // denies without tag, because no form of the text could take one

  // The form that a record's tag names; null where it is no tag of this copy.
  [[nodiscard]] const TaggedForm* Find(std::string_view tag) const;
};

// `profile` was loaded without errors, by `load`, through `files`.
[[nodiscard]] base::Result<TaggedProfile> TagDenies(const sbpl::Profile& profile, const sbpl::LoadOptions& load,
                                                    const std::string& nonce, sbpl::ProfileFiles& files);

}  // namespace sbtune::tagging
