#include "cli/top/model.h"

#include <algorithm>
#include <cctype>
#include <variant>

namespace sbtune::top {
namespace {

constexpr std::size_t kPage = 10;
constexpr std::size_t kLongestFilter = 200;
constexpr std::string_view kIgnoredOnly = "-";

// The ring moves on: seconds without a record are empty.
void MoveOn(Group& group, std::int64_t now_s) {
  if (now_s <= group.newest_s) return;
  const std::int64_t steps = std::min<std::int64_t>(now_s - group.newest_s, kRateSeconds);
  for (std::int64_t i = 0; i < steps; ++i) {
    group.seconds[static_cast<std::size_t>(now_s - i) % kRateSeconds] = 0;
  }
  group.newest_s = now_s;
}

double RateOf(const Group& group, std::int64_t now_s) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kRateSeconds; ++i) {
    const std::int64_t second = now_s - static_cast<std::int64_t>(i);
    const bool in_ring = second <= group.newest_s && group.newest_s - second < static_cast<std::int64_t>(kRateSeconds);
    if (in_ring && second >= 0) sum += group.seconds[static_cast<std::size_t>(second) % kRateSeconds];
  }
  return static_cast<double>(sum) / static_cast<double>(kRateSeconds);
}

void TakeRecord(Model& model, const protocol::LiveRecord& record) {
  if (record.action != access::Action::kDeny) return;
  const std::uint64_t times = record.kind == access::RecordKind::kDuplicate ? record.duplicates : 1;
  model.occurrences += times;
  GroupKey key{record.process.value_or("?"), record.operation.value_or("?"), record.target, record.provenance,
               record.ambiguous, record.platform_policy};
  auto group = model.groups.find(key);
  if (group == model.groups.end()) {
    if (model.groups.size() >= kMostGroups) {
      model.ungrouped += times;
      return;
    }
    group = model.groups.emplace(std::move(key), Group{}).first;
    group->second.newest_s = model.now_s;
  }
  MoveOn(group->second, model.now_s);
  group->second.count += times;
  group->second.seconds[static_cast<std::size_t>(model.now_s) % kRateSeconds] += static_cast<std::uint32_t>(times);
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lowered;
}

bool Fits(const GroupKey& key, const std::string& filter) {
  if (filter.empty()) return true;
  const std::string text = Lowered(key.process + " " + key.operation + " " + key.target.value_or(""));
  return text.find(filter) != std::string::npos;
}

void Select(Model& model, std::ptrdiff_t steps) {
  const std::vector<Row> rows = Rows(model);
  if (rows.empty()) return model.selected.reset();
  std::ptrdiff_t at = steps > 0 ? -1 : static_cast<std::ptrdiff_t>(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (model.selected == rows[i].key) at = static_cast<std::ptrdiff_t>(i);
  }
  if (!model.selected && steps < 0) at = 1;
  at = std::clamp<std::ptrdiff_t>(at + steps, 0, static_cast<std::ptrdiff_t>(rows.size()) - 1);
  model.selected = rows[static_cast<std::size_t>(at)].key;
  model.detail.clear();
}

void SetMark(Model& model, Mark mark) {
  if (!model.selected) {
    model.note = "select a group first, with the arrow keys";
    return;
  }
  const GroupKey key = *model.selected;
  Mark& known = model.groups[key].mark;
  known = known == mark ? Mark::kNone : mark;
  if (model.held) {
    for (Row& row : *model.held) {
      if (row.key == key) row.mark = known;
    }
  }
  model.note = known == Mark::kAccepted  ? "accepted: its rule goes into the patch"
               : known == Mark::kIgnored ? "ignored: no longer shown; the filter - lists what is ignored"
                                         : "no longer marked";
  if (known == Mark::kIgnored) model.selected.reset();
}

void Type(Model& model, const Key& key) {
  switch (key.kind) {
    case KeyKind::kText:
      if (model.filter.size() + key.text.size() <= kLongestFilter) model.filter += key.text;
      break;
    case KeyKind::kBackspace:
      while (!model.filter.empty() && (static_cast<unsigned char>(model.filter.back()) & 0xC0) == 0x80) model.filter.pop_back();
      if (!model.filter.empty()) model.filter.pop_back();
      break;
    case KeyKind::kEscape:
      model.filter.clear();
      model.typing = false;
      break;
    case KeyKind::kEnter: model.typing = false; break;
    case KeyKind::kUp: return Select(model, -1);
    case KeyKind::kDown: return Select(model, 1);
    default: break;
  }
  model.first_row = 0;
}

Effect Command(Model& model, const std::string& key) {
  if (key == "q") return Effect::kQuit;
  if (key == "/") model.typing = true;
  if (key == "s") model.order = model.order == Order::kRate ? Order::kCount : Order::kRate;
  if (key == "a") SetMark(model, Mark::kAccepted);
  if (key == "i") SetMark(model, Mark::kIgnored);
  if (key == "j") Select(model, 1);
  if (key == "k") Select(model, -1);
  if (key == "p") {
    if (model.held) {
      model.held.reset();
    } else {
      model.held = Rows(model);
    }
  }
  return Effect::kNone;
}

}  // namespace

void Take(Model& model, const protocol::ServerMessage& message) {
  if (const auto* record = std::get_if<protocol::LiveRecord>(&message)) return TakeRecord(model, *record);
  if (const auto* state = std::get_if<protocol::StateEvent>(&message)) {
    model.state = state->reason.empty() ? state->state : state->state + ": " + state->reason;
  } else if (std::holds_alternative<protocol::GapEvent>(message) || std::holds_alternative<protocol::LostEvent>(message)) {
    ++model.incomplete;
  }
}

void Tick(Model& model, std::int64_t now_s) { model.now_s = std::max(model.now_s, now_s); }

Effect Press(Model& model, const Key& key) {
  model.note.clear();
  if (model.typing) {
    Type(model, key);
    return Effect::kNone;
  }
  switch (key.kind) {
    case KeyKind::kText: return Command(model, key.text);
    case KeyKind::kUp: Select(model, -1); break;
    case KeyKind::kDown: Select(model, 1); break;
    case KeyKind::kPageUp: Select(model, -static_cast<std::ptrdiff_t>(kPage)); break;
    case KeyKind::kPageDown: Select(model, kPage); break;
    case KeyKind::kHome: Select(model, -static_cast<std::ptrdiff_t>(kMostGroups)); break;
    case KeyKind::kEnd: Select(model, kMostGroups); break;
    case KeyKind::kEnter:
      if (model.selected) return Effect::kExplain;
      model.note = "select a group first, with the arrow keys";
      break;
    case KeyKind::kEscape: model.detail.clear(); break;
    case KeyKind::kBackspace: break;
  }
  return Effect::kNone;
}

std::vector<Row> Rows(const Model& model) {
  const std::string filter = Lowered(model.filter);
  const bool ignored = filter == kIgnoredOnly;
  std::vector<Row> rows;
  if (model.held) {
    for (const Row& row : *model.held) {
      if ((row.mark == Mark::kIgnored) == ignored && (ignored || Fits(row.key, filter))) rows.push_back(row);
    }
    return rows;
  }
  for (const auto& [key, group] : model.groups) {
    if ((group.mark == Mark::kIgnored) != ignored || !(ignored || Fits(key, filter))) continue;
    rows.push_back({key, group.count, RateOf(group, model.now_s), group.mark});
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (model.order == Order::kRate && a.rate != b.rate) return a.rate > b.rate;
    return a.count > b.count;
  });
  return rows;
}

std::vector<GroupKey> Accepted(const Model& model) {
  std::vector<GroupKey> keys;
  for (const auto& [key, group] : model.groups) {
    if (group.mark == Mark::kAccepted) keys.push_back(key);
  }
  return keys;
}

}  // namespace sbtune::top
