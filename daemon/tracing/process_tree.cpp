#include "daemon/tracing/process_tree.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace sbtune::tracing {

ProcessTree::ProcessTree(std::int64_t root, std::int64_t now_ns) : observed_ns_(now_ns) {
  lives_.emplace(root, Life{.pid = root, .start = 0, .from_ns = now_ns, .to_ns = kAlive});
}

void ProcessTree::Observe(std::span<const ProcessSighting> table, std::int64_t now_ns) {
  std::unordered_map<std::int64_t, const ProcessSighting*> now;
  for (const ProcessSighting& sighting : table) now[sighting.pid] = &sighting;
  // Is it still the same process? One whose start was not known yet takes the one that is seen.
  const auto still_there = [&](Life& life) {
    const auto found = now.find(life.pid);
    if (found != now.end() && life.start == 0) life.start = found->second->start;
    return found != now.end() && found->second->start == life.start;
  };
  std::unordered_set<std::int64_t> members;  // alive
  for (auto& [pid, life] : lives_) {
    if (life.to_ns != kAlive) continue;
    if (still_there(life)) {
      members.insert(pid);
    } else {
      life.to_ns = now_ns;
    }
  }
  // Children of members, and their children, in whatever order the table has them.
  std::vector<const ProcessSighting*> fresh;
  for (const ProcessSighting& sighting : table) {
    if (!members.contains(sighting.pid)) fresh.push_back(&sighting);
  }
  for (bool found = true; found;) {
    const auto rest = std::partition(fresh.begin(), fresh.end(), [&](const ProcessSighting* sighting) {
      return !members.contains(sighting->parent);
    });
    found = rest != fresh.end();
    for (auto child = rest; child != fresh.end(); ++child) {
      const ProcessSighting& sighting = **child;
      members.insert(sighting.pid);
      lives_.emplace(sighting.pid, Life{sighting.pid, sighting.start, observed_ns_, kAlive});
      // It was taken for another while its parent was not known.
      for (auto [other, end] = others_.equal_range(sighting.pid); other != end;) {
        other = other->second.start == sighting.start ? others_.erase(other) : std::next(other);
      }
    }
    fresh.erase(rest, fresh.end());
  }
  for (auto& [pid, life] : others_) {
    if (life.to_ns == kAlive && !still_there(life)) life.to_ns = now_ns;
  }
  for (const ProcessSighting* sighting : fresh) {
    const auto [begin, end] = others_.equal_range(sighting->pid);
    const bool known = std::any_of(begin, end, [&](const auto& entry) { return entry.second.start == sighting->start; });
    if (!known) others_.emplace(sighting->pid, Life{sighting->pid, sighting->start, observed_ns_, kAlive});
  }
  observed_ns_ = now_ns;
}

void ProcessTree::Confirm(std::int64_t pid, std::int64_t time_ns) {
  if (Covered(lives_, pid, time_ns)) return;
  Life life{pid, 0, std::min(observed_ns_, time_ns), kAlive};
  for (auto [other, end] = others_.equal_range(pid); other != end; ++other) {
    if (!other->second.Covers(time_ns)) continue;
    life = other->second;
    others_.erase(other);
    break;
  }
  lives_.emplace(pid, life);
}

bool ProcessTree::Covered(const Lives& lives, std::int64_t pid, std::int64_t time_ns) {
  const auto [begin, end] = lives.equal_range(pid);
  return std::any_of(begin, end, [&](const auto& entry) { return entry.second.Covers(time_ns); });
}

Membership ProcessTree::WasMember(std::int64_t pid, std::int64_t time_ns) const {
  const bool ours = Covered(lives_, pid, time_ns);
  if (ours == Covered(others_, pid, time_ns)) return Membership::kUnknown;
  return ours ? Membership::kYes : Membership::kNo;
}

std::size_t ProcessTree::alive() const {
  return static_cast<std::size_t>(
      std::count_if(lives_.begin(), lives_.end(), [](const auto& entry) { return entry.second.to_ns == kAlive; }));
}

}  // namespace sbtune::tracing
