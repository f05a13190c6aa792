// A change of a profile that waits to be applied: the reviewed bytes, the bytes they were made from, how the profile
// is loaded, and what must be allowed afterwards. Kept as JSON; the file is not trusted.
//
//   base::WriteFileAtomically("p.json", ToText(proposal));
//   base::Result<Proposal> again = ParseProposal(*base::ReadFile("p.json"));
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::review {

struct ProposedFile {
  std::string path;        // absolute
  std::string old_sha256;  // of what it must still hold
  std::string text;        // all that it will hold
  bool operator==(const ProposedFile&) const = default;
};

struct ProposedAccess {  // as logged
  std::string operation;
  std::optional<std::string> target;
  bool operator==(const ProposedAccess&) const = default;
};

struct Proposal {
  sbpl::LoadOptions load;      // with absolute paths; its limits are not kept
  sbpl::PolicyOptions policy;  // its engine is not kept
  std::vector<ProposedFile> files;
  std::vector<ProposedAccess> allows;
};

// The same proposal gives the same bytes; the last member is a digest of all others.
[[nodiscard]] std::string ToText(const Proposal& proposal);

// Takes only what ToText wrote, byte for byte: nothing can hide in a repeated key or in an unknown one.
[[nodiscard]] base::Result<Proposal> ParseProposal(std::string_view text);

// The digest by which a person or a script names what was reviewed.
[[nodiscard]] std::string DigestOf(const Proposal& proposal);

}  // namespace sbtune::review
