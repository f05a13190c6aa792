#include "daemon/service/proposal_keeper.h"

#include <algorithm>
#include <chrono>
#include <exception>

#include <fmt/format.h>

#include "daemon/proposals/auto_apply.h"
#include "daemon/service/platform/priority.h"
#include "profiles/review/apply.h"
#include "sql/store/database.h"

namespace sbtune::service {

void ProposalKeeper::Configure(const config::Config& config) {
  const std::lock_guard lock(mutex_);
  wanted_ = config;
  changed_.notify_one();
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void ProposalKeeper::AskStop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  changed_.notify_one();
}

void ProposalKeeper::Stop() {
  AskStop();
  if (thread_.joinable()) thread_.join();
}

bool ProposalKeeper::StopWithin(std::int64_t limit_ns) {
  AskStop();
  {
    std::unique_lock lock(mutex_);
    const auto done = [&] { return ended_ || !thread_.joinable(); };
    if (!changed_.wait_for(lock, std::chrono::nanoseconds(limit_ns), done)) return false;
  }
  Stop();
  return true;
}

void ProposalKeeper::Run() {
  platform::LowerThisThread();
  while (WaitForWork()) LookAtAll();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool ProposalKeeper::WaitForWork() {
  std::unique_lock lock(mutex_);
  const auto called = [&] { return stop_ || wanted_.has_value(); };
  if (watched_.empty()) {
    changed_.wait(lock, called);
  } else {
    changed_.wait_for(lock, std::chrono::nanoseconds(pace_.quiet_ns), called);
  }
  if (stop_) return false;
  if (!wanted_) return true;
  const config::Config config = *std::exchange(wanted_, std::nullopt);
  lock.unlock();
  pace_ = {.quiet_ns = config.proposal_quiet_ms * base::kMillisecondNs, .spacing_ns = config.proposal_spacing_ms * base::kMillisecondNs};
  auto_spacing_ns_ = config.auto_apply_minutes * 60 * base::kSecondNs;
  watched_.clear();
  for (const config::ProfileSettings& one : config.profiles) watched_.push_back({.settings = one, .files = one.path, .stamp = {}, .debounce = {}, .said = {}, .said_of_auto = {}});
  marks_.Watch(config.profiles);
  Begin();
  return true;
}

// What a profile that is no longer named had proposed is let go, with the evidence that it held.
void ProposalKeeper::Begin() {
  std::vector<std::string> named;
  for (const Watched& one : watched_) named.push_back(proposals::KeyOf(one.settings));
  base::Status done = OpenStore();
  if (done) done = store::ProposalBook(*store_).KeepOnly(named);
  if (!done) log_.Warning("cannot look after proposals: " + done.error().message);
  if (watched_.empty()) store_.reset();
}

base::Status ProposalKeeper::OpenStore() {
  if (store_) return {};
  auto store = store::Store::OpenForWriting(database_);
  if (!store) return std::unexpected(store.error());
  store_ = *std::move(store);
  return store_->database().Execute("PRAGMA cache_size = -2048");
}

void ProposalKeeper::LookAtAll() {
  if (watched_.empty()) return;
  base::Status done = OpenStore();
  if (done) done = marks_.Look(*store_);
  if (!done) {
    if (store_error_ != done.error().message) log_.Error("proposals wait: " + done.error().message);
    store_error_ = done.error().message;
    return;
  }
  store_error_.clear();
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    {
      const std::lock_guard lock(mutex_);
      if (stop_ || wanted_) return;
    }
    Watched& one = watched_[i];
    const proposals::Marks marks{marks_.denials(i), marks_.decisions(), proposals::StampOf(one.files)};
    const std::int64_t begun_ns = clock_.MonotonicNs();
    const bool waits = one.auto_due_ns != 0 && begun_ns >= one.auto_due_ns;
    if (proposals::Look(one.debounce, marks, begun_ns, pace_) != proposals::Step::kMake && !waits) continue;
    base::Status made;
    try {
      made = Make(one, marks);
    } catch (const std::exception& error) {  // out of memory, say: the daemon has other things to do
      made = base::Fail(error.what());
    }
    if (made) {
      proposals::Made(one.debounce, {marks.denials, marks.decisions, one.stamp}, begun_ns, clock_.MonotonicNs());
      continue;
    }
    if (waits) one.auto_due_ns = clock_.MonotonicNs() + pace_.spacing_ns;
    proposals::Failed(one.debounce, clock_.MonotonicNs(), pace_);
    log_.Warning(fmt::format("the proposal for {} waits: {}", proposals::KeyOf(one.settings), made.error().message));
  }
}

base::Status ProposalKeeper::Make(Watched& watched, const proposals::Marks& marks) {
  const auto evidence = proposals::ReadEvidence(*store_, watched.settings);
  if (!evidence) return std::unexpected(evidence.error());
  sbpl::DiskFiles files;
  const proposals::Basis basis{watched.settings, evidence->groups, evidence->group_count, evidence->decisions, evidence->runs};
  proposals::Current current = proposals::MakeCurrent(basis, files);
  if (proposals::StampOf(watched.files) != marks.files) {
    return base::Fail("a file changed while it was read; it is read again");
  }
  watched.files = std::move(current.files);
  watched.stamp = proposals::StampOf(watched.files);
  store::ProposalBook book(*store_);
  const auto list = book.List();
  if (!list) return std::unexpected(list.error());
  const auto old = std::ranges::find(*list, proposals::KeyOf(watched.settings), &store::StoredProposal::profile);
  store::StoredProposal proposal{.profile = proposals::KeyOf(watched.settings),
                                 .made_ns = clock_.WallNs(),
                                 .problem = current.problem,
                                 .additions = static_cast<std::int64_t>(current.additions),
                                 .covered = static_cast<std::int64_t>(current.covered),
                                 .remaining = static_cast<std::int64_t>(current.remaining)};
  if (current.proposal) {
    proposal.digest = review::DigestOf(*current.proposal);
    proposal.text = review::ToText(*current.proposal);
  }
  const auto id = book.Put(proposal, current.held);
  if (!id) return std::unexpected(id.error());
  Say(watched, old == list->end() ? 0 : old->id, proposal, *id);
  watched.auto_due_ns = 0;
  if (!watched.settings.auto_apply || !current.proposal) return {};
  current.worked.reset();  // the choice below needs the room
  return AutoApply(watched, basis, *id);
}

base::Status ProposalKeeper::AutoApply(Watched& watched, const proposals::Basis& basis, std::int64_t proposal) {
  const auto history = store::ProposalBook(*store_).History();
  if (!history) return std::unexpected(history.error());
  sbpl::DiskFiles files;
  proposals::AutoChoice choice = proposals::ChooseAuto({basis, *history, clock_.WallNs(), auto_spacing_ns_}, files);
  if (choice.wait_ns > 0) watched.auto_due_ns = clock_.MonotonicNs() + choice.wait_ns;
  if (choice.proposal) {
    if (const auto owned = proposals::CheckOwner(*choice.proposal); !owned) {
      choice.problem = owned.error().message;
      choice.proposal.reset();
    }
  }
  const std::string& profile = proposals::KeyOf(watched.settings);
  if (!choice.problem.empty() && choice.problem != watched.said_of_auto) {
    log_.Warning(fmt::format("auto_apply leaves {} as it is: {}", profile, choice.problem));
  }
  watched.said_of_auto = choice.problem;
  if (!choice.proposal) return {};
  store::ProposalEntry entry{.proposal = proposal, .profile = profile, .outcome = store::Outcome::kBegun, .who = proposals::kAutoApply,
                             .at_ns = clock_.WallNs(), .digest = review::DigestOf(*choice.proposal)};
  for (const review::ProposedAccess& access : choice.proposal->allows) entry.accesses.emplace_back(access.operation, access.target);
  return WriteRecorded(*choice.proposal, std::move(entry), files);
}

// The history first: whatever happens then, the same is not written a second time.
base::Status ProposalKeeper::WriteRecorded(const review::Proposal& chosen, store::ProposalEntry entry, sbpl::ProfileFiles& files) {
  auto examined = review::Examine(chosen, files);
  if (!examined) return std::unexpected(examined.error());
  entry.rules = std::move(examined->added);
  store::ProposalBook book(*store_);
  const auto id = book.Record(entry);
  if (!id) return std::unexpected(id.error());
  const auto written = review::Apply(chosen, files);
  if (!written) {
    log_.Error(fmt::format("auto_apply could not change {}: {}", entry.profile, written.error().message));
    return book.Finish(*id, store::Outcome::kFailed, written.error().message);
  }
  for (const std::string& rule : entry.rules) log_.Warning(fmt::format("auto_apply added to {}: {}", entry.profile, rule));
  return book.Finish(*id, store::Outcome::kApplied, written->front().backup);
}

void ProposalKeeper::Say(Watched& watched, std::int64_t before, const store::StoredProposal& proposal, std::int64_t id) {
  if (!proposal.problem.empty() && proposal.problem != watched.said) {
    log_.Warning(fmt::format("no proposal for {}: {}", proposal.profile, proposal.problem));
  }
  watched.said = proposal.problem;
  if (id == before || proposal.digest.empty()) return;
  log_.Info(fmt::format("proposal {} for {}: additions {}, denials covered {}", id, proposal.profile, proposal.additions, proposal.covered));
}

}  // namespace sbtune::service
