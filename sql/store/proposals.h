// The current proposal of each profile that the daemon looks after, with the evidence that it holds, and what became
// of those before. Every change is one transaction: a crash leaves the old state or the new one.
//
//   store::ProposalBook book(store);
//   book.Put({.profile = "/p/agent.sb", .digest = …, .text = …}, groups, now_ns);
//   book.Settle(7, {.profile = …, .outcome = Outcome::kApplied, .who = "user", …});
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/access/denial_group.h"
#include "core/base/result.h"
#include "sql/store/store.h"

namespace sbtune::store {

struct StoredProposal {
  std::int64_t id = 0;       // never used again; another digest or problem is another number
  std::string profile = {};  // its first file, absolute; one proposal a profile
  std::int64_t made_ns = 0;
  std::string problem = {};  // empty: none
  std::string digest = {};   // empty: nothing is to be added
  std::string text = {};     // as `sbtune suggest --save` writes it
  std::int64_t additions = 0;
  std::int64_t covered = 0;
  std::int64_t remaining = 0;
  bool operator==(const StoredProposal&) const = default;
};

enum class Outcome : std::uint8_t {
  kBegun,  // the file is about to be written; stays where the writer was killed
  kApplied,
  kFailed,
  kDismissed,
};
[[nodiscard]] std::string_view Name(Outcome outcome);  // "begun", "applied", "failed", "dismissed"

struct ProposalEntry {  // of the history
  std::int64_t id = 0;
  std::int64_t proposal = 0;
  std::string profile = {};
  Outcome outcome = Outcome::kBegun;
  std::string who = {};  // "user", "auto_apply"
  std::int64_t at_ns = 0;
  std::string digest = {};
  std::string note = {};  // the backup's name, or what went wrong
  std::vector<std::string> rules = {};  // that it added
  std::vector<std::pair<std::string, std::optional<std::string>>> accesses = {};  // operation and target, as logged
  bool operator==(const ProposalEntry&) const = default;
};

class ProposalBook {
 public:
  explicit ProposalBook(Store& store) : store_(store) {}

  // Takes the place of the profile's former proposal and releases what that held; the same one again changes
  // nothing. A problem goes on holding it: the profile will be mended. Its number. `id` is ignored.
  [[nodiscard]] base::Result<std::int64_t> Put(const StoredProposal& proposal, std::span<const access::DenialGroup> held);
  // Forgets the proposals of all other profiles, and what they held.
  [[nodiscard]] base::Status KeepOnly(std::span<const std::string> profiles);
  [[nodiscard]] base::Result<std::vector<StoredProposal>> List();  // oldest first

  // Ends the proposal with this number, if it still is current, releases what it held, and adds the entry.
  [[nodiscard]] base::Result<std::int64_t> Settle(const ProposalEntry& entry);
  // The same without an entry.
  [[nodiscard]] base::Status Close(std::int64_t proposal);
  // Adds an entry to the history alone; its number.
  [[nodiscard]] base::Result<std::int64_t> Record(const ProposalEntry& entry);
  [[nodiscard]] base::Status Finish(std::int64_t entry, Outcome outcome, const std::string& note);
  [[nodiscard]] base::Result<std::vector<ProposalEntry>> History();  // oldest first

 private:
  [[nodiscard]] base::Status Drop(std::int64_t id);
  [[nodiscard]] base::Result<std::int64_t> Insert(const ProposalEntry& entry);
  Store& store_;
};

// Who holds the evidence of a proposal; for Hold and Release.
[[nodiscard]] std::string HolderOf(std::int64_t proposal);

// Numbers that change when something comes that a proposal may depend on.
struct EvidenceMarks {
  std::int64_t group = 0;    // the newest kind of denial
  std::int64_t run = 0;
  std::int64_t pruning = 0;  // numbers of kinds may come again after one
  std::int64_t decision = 0;
  std::int64_t revoked = 0;
  bool operator==(const EvidenceMarks&) const = default;
};
[[nodiscard]] base::Result<EvidenceMarks> ReadMarks(Store& store);
// The processes of which kinds of denials came after the one with this number.
[[nodiscard]] base::Result<std::vector<std::string>> ProcessesSince(Store& store, std::int64_t group);
// How many kinds of denials (and allows) there are of the processes that match.
[[nodiscard]] base::Result<std::uint64_t> CountGroups(Store& store, const base::GlobFilter& process);

}  // namespace sbtune::store
