// Texts that users wrote (profiles, configuration), kept whole so that every later message can point into them.
// A SourceMap owns the texts; ranges are offset + length, never views. Offsets are bytes, lines and columns
// count from 1, columns count bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace sbtune::base {

using SourceId = std::uint32_t;
inline constexpr SourceId kNoSource = 0xFFFFFFFF;

struct SourceRange {
  SourceId source = kNoSource;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  bool operator==(const SourceRange&) const = default;
};

struct LineColumn {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  bool operator==(const LineColumn&) const = default;
};

// Holds each text with its name (the path as the user spelled it). Texts are never removed, so views handed
// out live as long as the map. At most 4 GiB a text.
class SourceMap {
 public:
  SourceId Add(std::string name, std::string text);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::string_view Name(SourceId id) const;
  [[nodiscard]] std::string_view Text(SourceId id) const;
  [[nodiscard]] std::string_view Text(SourceRange range) const;
  [[nodiscard]] LineColumn Locate(SourceId id, std::uint32_t offset) const;
  // The whole line (without its newline) that holds `offset`.
  [[nodiscard]] std::string_view LineAt(SourceId id, std::uint32_t offset) const;
  // "name:line:col", or "?" for a range without source.
  [[nodiscard]] std::string Where(SourceRange range) const;

 private:
  struct Entry {
    std::string name;
    std::string text;
    std::vector<std::uint32_t> line_starts;
  };
  std::deque<Entry> entries_;
};

}  // namespace sbtune::base
