// Keeps a current proposal for each profile that the configuration names, in the store, on a thread of its own and of
// low priority, with a connection of its own: the thread that drains the log knows nothing of it, and where no
// profile is named it sleeps for ever.
//
//   ProposalKeeper keeper(database, log, clock);
//   keeper.Configure(config);  …  keeper.AskStop();  … keeper.Stop();
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "daemon/config/config.h"
#include "daemon/proposals/current.h"
#include "daemon/proposals/debounce.h"
#include "daemon/proposals/evidence.h"
#include "profiles/review/proposal.h"
#include "sql/store/proposals.h"
#include "sql/store/store.h"

namespace sbtune::service {

class ProposalKeeper {
 public:
  ProposalKeeper(std::string database, base::Log& log, const base::Clock& clock)
      : database_(std::move(database)), log_(log), clock_(clock) {}
  ~ProposalKeeper() { Stop(); }
  ProposalKeeper(const ProposalKeeper&) = delete;
  ProposalKeeper& operator=(const ProposalKeeper&) = delete;

  // From now on, these profiles. Never waits.
  void Configure(const config::Config& config);
  // No further proposal is begun; one that is being made is finished.
  void AskStop();
  void Stop();
  // False: it is still busy after so long. Everything that it does may be cut off at any moment.
  [[nodiscard]] bool StopWithin(std::int64_t limit_ns);

 private:
  struct Watched {
    config::ProfileSettings settings;
    std::vector<std::string> files;  // that it was last made of
    std::string stamp;               // of these, as they were then
    proposals::Debounce debounce;
    std::string said;                // the last problem that was logged
    std::string said_of_auto;
    std::int64_t auto_due_ns = 0;    // when auto_apply may write again what waits; 0: nothing waits
  };

  void Run();
  // The settings that are in force, when they are new; waits for the next look or a change. False: to stop.
  [[nodiscard]] bool WaitForWork();
  void Begin();
  void LookAtAll();
  [[nodiscard]] base::Status OpenStore();
  [[nodiscard]] base::Status Make(Watched& watched, const proposals::Marks& marks);
  [[nodiscard]] base::Status AutoApply(Watched& watched, const proposals::Basis& basis, std::int64_t proposal);
  [[nodiscard]] base::Status WriteRecorded(const review::Proposal& chosen, store::ProposalEntry entry, sbpl::ProfileFiles& files);
  void Say(Watched& watched, std::int64_t before, const store::StoredProposal& proposal, std::int64_t id);

  const std::string database_;
  base::Log& log_;
  const base::Clock& clock_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<config::Config> wanted_;  // not taken over yet
  bool stop_ = false;
  bool ended_ = false;

  // The thread's own.
  proposals::Pace pace_;
  std::int64_t auto_spacing_ns_ = 0;
  std::vector<Watched> watched_;
  proposals::DenialMarks marks_;
  std::optional<store::Store> store_;
  std::string store_error_;
};

}  // namespace sbtune::service
