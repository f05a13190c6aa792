#include "cli/render/table.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/result.h"
#include "core/base/text.h"

namespace sbtune::render {
namespace {

// Characters, not bytes: escaped cells are valid UTF-8. Wide characters count as one; columns may then shift.
std::size_t Width(const std::string& cell) {
  return static_cast<std::size_t>(
      std::count_if(cell.begin(), cell.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

// What a spreadsheet takes for a formula when a cell begins with it; the last four are their full-width forms.
constexpr std::array<std::string_view, 8> kFormulas = {"=", "+", "-", "@", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};

// Names and targets are the attacker's to choose: none is a formula, a second row, or broken text.
std::string CsvCell(const std::string& raw) {
  std::string cell = base::EscapeForTerminal(raw);
  const bool formula = std::ranges::any_of(kFormulas, [&](std::string_view start) { return cell.starts_with(start); });
  if (formula) cell.insert(0, 1, '\'');
  if (cell.find_first_of(",\"") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char byte : cell) {
    if (byte == '"') out += '"';
    out += byte;
  }
  return out + "\"";
}

}  // namespace

void Table::Add(std::vector<std::string> cells) {
  SBTUNE_ASSERT(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::Text() const {
  std::vector<std::vector<std::string>> shown(rows_.size() + 1);
  for (const Column& column : columns_) shown[0].push_back(column.title);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    for (const std::string& cell : rows_[i]) shown[i + 1].push_back(base::EscapeForTerminal(cell));
  }
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& row : shown) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], Width(row[c]));
  }
  std::string out;
  for (const auto& row : shown) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - Width(row[c]), ' ');
      const bool last = c + 1 == row.size();
      out += columns_[c].align == Align::kRight ? padding + row[c] : row[c] + (last ? "" : padding);
      out += last ? "\n" : "  ";
    }
  }
  return out;
}

std::string Table::Csv() const {
  std::string out;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    out += CsvCell(columns_[c].title) + (c + 1 == columns_.size() ? "\n" : ",");
  }
  for (const auto& row : rows_) {
    for (std::size_t c = 0; c < row.size(); ++c) out += CsvCell(row[c]) + (c + 1 == row.size() ? "\n" : ",");
  }
  return out;
}

}  // namespace sbtune::render
