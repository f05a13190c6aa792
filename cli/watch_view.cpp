#include "cli/watch_view.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/base/text.h"

namespace sbtune::cli {
namespace {

using protocol::LiveRecord;

constexpr std::size_t kMaxGroups = 100'000;
constexpr std::size_t kShownGroups = 10;

constexpr std::string_view kDim = "\x1b[2m", kBold = "\x1b[1m", kRed = "\x1b[31m", kGreen = "\x1b[32m",
                           kYellow = "\x1b[33m", kReset = "\x1b[0m";

// "16:00:00.123"; the date is in the JSON.
std::string ClockOf(std::optional<std::int64_t> time_ns) {
  if (!time_ns) return "--:--:--.---";
  const std::string time = protocol::FormatTime(*time_ns);
  const std::int64_t ms = (*time_ns / 1'000'000 % 1000 + 1000) % 1000;
  return fmt::format("{}.{:03}", time.substr(11, 8), ms);
}

std::string Marks(const LiveRecord& record) {
  std::string marks;
  const auto add = [&](std::string_view mark) { marks += (marks.empty() ? "" : ", ") + std::string(mark); };
  if (record.provenance == access::Provenance::kUntrusted) add("untrusted");
  if (record.provenance == access::Provenance::kSandboxd) add("sandboxd");
  if (record.ambiguous) add("ambiguous");
  if (record.platform_policy) add("platform policy");
  if (record.tag) add("tag " + base::EscapeForTerminal(*record.tag));
  return marks.empty() ? "" : " [" + marks + "]";
}

std::uint64_t Occurrences(const LiveRecord& record) {
  return record.kind == access::RecordKind::kDuplicate ? record.duplicates : 1;
}

}  // namespace

std::string WatchView::Line(const LiveRecord& record) {
  ++records_;
  occurrences_ += Occurrences(record);
  if (record.provenance == access::Provenance::kText) text_ += Occurrences(record);
  const Group group{record.process.value_or("?"), record.operation.value_or("?"), record.target.value_or("-")};
  if (groups_.size() < kMaxGroups || groups_.contains(group)) {
    groups_[group] += Occurrences(record);
  } else {
    ungrouped_ += Occurrences(record);
  }
  if (format_ == WatchFormat::kJson) {
    std::string json;
    protocol::AppendJson(json, record);
    return json + "\n";
  }
  const auto paint = [&](std::string_view colour, const std::string& text) {
    return colour_ == Colour::kYes ? std::string(colour) + text + std::string(kReset) : text;
  };
  const bool deny = record.action == access::Action::kDeny;
  std::string line = paint(kDim, ClockOf(record.time_ns)) + " ";
  line += paint(kBold, base::EscapeForTerminal(record.process.value_or("?")));
  line += record.pid ? fmt::format("({}) ", *record.pid) : "(?) ";
  line += paint(deny ? kRed : kGreen, std::string(access::Name(record.action))) + " ";
  line += base::EscapeForTerminal(record.operation.value_or("?"));
  if (record.target) line += " " + base::EscapeForTerminal(*record.target);
  if (record.kind == access::RecordKind::kDuplicate) line += fmt::format(" (+{} more)", record.duplicates);
  const std::string marks = Marks(record);
  return line + (marks.empty() ? "" : paint(kYellow, marks)) + "\n";
}

std::string WatchView::Line(const protocol::GapEvent& gap) {
  const std::pair range(gap.from_ns, gap.to_ns);
  if (gap.repair == "backfilled") {
    gaps_.erase(range);
  } else {
    gaps_.insert(range);
  }
  if (format_ == WatchFormat::kJson) return protocol::Write(gap);
  const std::string lost = gap.lost_lines > 0 ? fmt::format(", {} lines", base::GroupDigits(gap.lost_lines)) : "";
  if (gap.repair == "backfilled") {
    return fmt::format("-- what was logged from {} to {} was read again\n", ClockOf(gap.from_ns), ClockOf(gap.to_ns));
  }
  return fmt::format("-- records from {} to {} may be missing ({}{}; {})\n", ClockOf(gap.from_ns), ClockOf(gap.to_ns),
                     base::EscapeForTerminal(gap.reason), lost, base::EscapeForTerminal(gap.repair));
}

std::string WatchView::Line(const protocol::StateEvent& state) {
  if (format_ == WatchFormat::kJson) return protocol::Write(state);
  const std::string reason = state.reason.empty() ? "" : ": " + base::EscapeForTerminal(state.reason);
  return fmt::format("-- {}{}\n", base::EscapeForTerminal(state.state), reason);
}

std::string WatchView::Line(const protocol::LostEvent& lost) {
  lost_ += lost.records;
  if (format_ == WatchFormat::kJson) return protocol::Write(lost);
  return fmt::format("-- {} records came too fast to be shown here; they are stored, see `sbtune denials`\n",
                     base::GroupDigits(lost.records));
}

std::string WatchView::Summary(const std::string& next_step) const {
  if (records_ == 0) return "\nno denials seen\n";
  std::vector<std::pair<std::uint64_t, const Group*>> top;
  for (const auto& [group, count] : groups_) top.emplace_back(count, &group);
  const std::size_t shown = std::min(top.size(), kShownGroups);
  std::partial_sort(top.begin(), top.begin() + static_cast<std::ptrdiff_t>(shown), top.end(),
                    [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : *a.second < *b.second; });
  std::string text = fmt::format("\n{} denials of {}{} kinds\n", base::GroupDigits(occurrences_),
                                 ungrouped_ > 0 ? "more than " : "", base::GroupDigits(groups_.size()));
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& [process, operation, target] = *top[i].second;
    text += fmt::format("{:>9}  {}  {}  {}\n", base::GroupDigits(top[i].first), base::EscapeForTerminal(process),
                        base::EscapeForTerminal(operation), base::EscapeForTerminal(target));
  }
  if (top.size() > shown) text += fmt::format("{:>9}  and {} kinds more\n", "", base::GroupDigits(top.size() - shown));
  if (text_ > 0) text += fmt::format("{} of them from a text log, which proves no origin\n", base::GroupDigits(text_));
  if (!gaps_.empty() || lost_ > 0) text += "not complete: some records may be missing, see above and `sbtune status`\n";
  return text + "a patch for them: " + next_step + "\n";
}

}  // namespace sbtune::cli
