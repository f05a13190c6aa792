#include "cli/line_edits.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace sbtune::cli {
namespace {

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Table {  // of the longest common subsequences of every two ends
  Table(std::size_t rows, std::size_t columns) : width(columns + 1), cells((rows + 1) * width) {}
  std::uint32_t& At(std::size_t row, std::size_t column) { return cells[row * width + column]; }
  std::size_t width;
  std::vector<std::uint32_t> cells;
};

constexpr std::size_t kMaxCells = 20'000'000;

}  // namespace

std::vector<sbpl::TextEdit> LineEdits(const std::string& before, const std::string& after) {
  const std::vector<std::string_view> old = Lines(before);
  const std::vector<std::string_view> now = Lines(after);
  std::size_t begin = 0;
  while (begin < old.size() && begin < now.size() && old[begin] == now[begin]) ++begin;
  std::size_t end = 0;
  while (end < old.size() - begin && end < now.size() - begin && old[old.size() - 1 - end] == now[now.size() - 1 - end]) ++end;
  const std::size_t rows = old.size() - begin - end;
  const std::size_t columns = now.size() - begin - end;
  std::uint32_t offset = 0;
  for (std::size_t i = 0; i < begin; ++i) offset += static_cast<std::uint32_t>(old[i].size());
  std::vector<sbpl::TextEdit> edits;
  const bool exact = (rows + 1) * (columns + 1) <= kMaxCells;
  Table table(exact ? rows : 0, exact ? columns : 0);
  if (exact) {
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        table.At(i, j) = old[begin + i] == now[begin + j] ? table.At(i + 1, j + 1) + 1
                                                          : std::max(table.At(i + 1, j), table.At(i, j + 1));
      }
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < rows || j < columns) {
    const bool same = exact && i < rows && j < columns && old[begin + i] == now[begin + j];
    if (same) {
      offset += static_cast<std::uint32_t>(old[begin + i].size());
      ++i, ++j;
    } else if (j < columns && (i == rows || !exact || table.At(i, j + 1) >= table.At(i + 1, j))) {
      edits.push_back({offset, 0, std::string(now[begin + j++])});
    } else {
      const auto length = static_cast<std::uint32_t>(old[begin + i++].size());
      edits.push_back({offset, length, ""});
      offset += length;
    }
  }
  return edits;
}

}  // namespace sbtune::cli
