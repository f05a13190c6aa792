#include "cli/top/view.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/top/text_fit.h"
#include "core/base/text.h"

namespace sbtune::top {
namespace {

constexpr std::size_t kNarrow = 64;       // below it rate and process give way to the target
constexpr std::size_t kLeastRows = 4;
constexpr std::size_t kRateColumns = 7, kCountColumns = 8, kProcessColumns = 16, kOperationColumns = 22;

std::string Title(const Model& model) {
  std::string text = fmt::format("sbtune top  {}  {} denials of {} kinds", base::EscapeForTerminal(model.state),
                                 base::GroupDigits(model.occurrences), base::GroupDigits(model.groups.size()));
  if (model.held) text += "  PAUSED";
  if (model.ended) text += "  END";
  if (model.incomplete > 0 || model.ungrouped > 0) text += "  INCOMPLETE";
  return text;
}

std::string Prompt(const Model& model) {
  if (model.typing) return "filter: " + model.filter + "_   Enter keeps it, Esc clears it";
  if (!model.note.empty()) return model.note;
  const std::string filter = model.filter.empty() ? "" : fmt::format("[{}] ", model.filter);
  return filter + "q quit  / filter  s sort  p pause  Enter explain  a accept  i ignore";
}

std::string Header(const Model& model, std::size_t columns) {
  const char* rate = model.order == Order::kRate ? "RATE/s*" : "RATE/s ";
  const char* count = model.order == Order::kCount ? "COUNT*" : "COUNT ";
  if (columns < kNarrow) return fmt::format("  {:>{}} {}", count, kCountColumns, "OPERATION TARGET");
  return fmt::format("  {:>{}}{:>{}} {:<{}}{:<{}}TARGET", rate, kRateColumns, count, kCountColumns, "PROCESS",
                     kProcessColumns, "OPERATION", kOperationColumns);
}

std::string MarksOf(const GroupKey& key) {
  std::string marks;
  if (key.provenance == access::Provenance::kUntrusted) marks += " [untrusted]";
  if (key.ambiguous) marks += " [ambiguous]";
  if (key.platform_policy) marks += " [policy]";
  return marks;
}

std::string Text(const Row& row, std::size_t columns) {
  const char mark = row.mark == Mark::kAccepted ? '+' : row.mark == Mark::kIgnored ? '-' : ' ';
  const std::string marks = MarksOf(row.key);
  std::string text = fmt::format("{} ", mark);
  if (columns < kNarrow) {
    text += fmt::format("{:>{}} ", base::GroupDigits(row.count), kCountColumns - 1) + base::EscapeForTerminal(row.key.operation) + " ";
  } else {
    text += fmt::format("{:>{}.1f} {:>{}}  ", row.rate, kRateColumns - 1, base::GroupDigits(row.count), kCountColumns - 1);
    text += Fit(row.key.process, kProcessColumns - 1, Keep::kBeginning) + " ";
    text += Fit(row.key.operation, kOperationColumns - 1, Keep::kBeginning) + " ";
  }
  const std::size_t used = Columns(text) + marks.size();
  const std::size_t left = columns > used ? columns - used : 0;
  const std::string target = row.key.target.value_or("-");
  const std::size_t wanted = std::min(left, Columns(base::EscapeForTerminal(target)));
  return text + Fit(target, wanted, Keep::kEnd) + marks;
}

// Where the list begins so that the selected row is seen.
std::size_t Scrolled(const Model& model, const std::vector<Row>& rows, std::size_t height) {
  std::size_t first = std::min(model.first_row, rows.size() > height ? rows.size() - height : 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (model.selected != rows[i].key) continue;
    if (i < first) first = i;
    if (height > 0 && i >= first + height) first = i - height + 1;
  }
  return first;
}

void Details(const Model& model, std::size_t height, std::vector<Line>& lines) {
  if (height == 0) return;
  lines.push_back({"-- about the selected group; Esc closes", Style::kHeader});
  for (std::size_t i = 0; i + 1 < height; ++i) lines.push_back({i < model.detail.size() ? model.detail[i] : "", Style::kPlain});
}

}  // namespace

std::vector<Line> Draw(Model& model, std::size_t columns, std::size_t rows) {
  std::vector<Line> lines;
  if (rows < kLeastRows || columns < 10) {
    lines.push_back({"too small", Style::kPlain});
  } else {
    const std::size_t body = rows - 3;
    const std::size_t detail = model.detail.empty() ? 0 : std::min(model.detail.size() + 1, body * 2 / 3);
    const std::vector<Row> shown = Rows(model);
    model.first_row = Scrolled(model, shown, body - detail);
    lines.push_back({Title(model), Style::kTitle});
    lines.push_back({Header(model, columns), Style::kHeader});
    for (std::size_t i = 0; i < body - detail; ++i) {
      const std::size_t at = model.first_row + i;
      if (at >= shown.size()) {
        lines.push_back({shown.empty() && i == 0 ? "  nothing denied so far" : "", Style::kDim});
        continue;
      }
      lines.push_back({Text(shown[at], columns), model.selected == shown[at].key ? Style::kSelected : Style::kPlain});
    }
    Details(model, detail, lines);
    lines.push_back({Prompt(model), Style::kDim});
  }
  lines.resize(rows);
  for (Line& line : lines) line.text = Fit(line.text, columns, Keep::kBeginning);
  return lines;
}

}  // namespace sbtune::top
