// A table on a terminal or in a pipe: columns aligned by display width, numbers to the right, every cell escaped.
//
//   render::Table table({{"OPERATION"}, {"COUNT", render::Align::kRight}});
//   table.Add({"file-read-data", "1,204"});
//   std::fputs(table.Text().c_str(), stdout);
#pragma once

#include <string>
#include <vector>

namespace sbtune::render {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // One cell a column; asserts otherwise. Cells are raw bytes.
  void Add(std::vector<std::string> cells);
  [[nodiscard]] std::string Text() const;  // header and rows, newline-terminated
  // RFC 4180, for spreadsheets: one line a row, valid UTF-8, bytes escaped as in Text(), and a ' in front of what would
  // be a formula.
  [[nodiscard]] std::string Csv() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sbtune::render
