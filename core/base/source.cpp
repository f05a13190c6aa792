#include "core/base/source.h"

#include <algorithm>
#include <limits>

#include "core/base/result.h"

namespace sbtune::base {

SourceId SourceMap::Add(std::string name, std::string text) {
  SBTUNE_ASSERT(text.size() < std::numeric_limits<std::uint32_t>::max());
  Entry entry{std::move(name), std::move(text), {0}};
  for (std::size_t at = entry.text.find('\n'); at != std::string::npos; at = entry.text.find('\n', at + 1)) {
    entry.line_starts.push_back(static_cast<std::uint32_t>(at + 1));
  }
  entries_.push_back(std::move(entry));
  return static_cast<SourceId>(entries_.size() - 1);
}

std::string_view SourceMap::Name(SourceId id) const {
  SBTUNE_ASSERT(id < entries_.size());
  return entries_[id].name;
}

std::string_view SourceMap::Text(SourceId id) const {
  SBTUNE_ASSERT(id < entries_.size());
  return entries_[id].text;
}

std::string_view SourceMap::Text(SourceRange range) const {
  const std::string_view text = Text(range.source);
  SBTUNE_ASSERT(range.offset <= text.size() && range.length <= text.size() - range.offset);
  return text.substr(range.offset, range.length);
}

LineColumn SourceMap::Locate(SourceId id, std::uint32_t offset) const {
  SBTUNE_ASSERT(id < entries_.size());
  const std::vector<std::uint32_t>& starts = entries_[id].line_starts;
  const auto next = std::upper_bound(starts.begin(), starts.end(), offset);
  const auto line = static_cast<std::uint32_t>(next - starts.begin());
  return {line, offset - starts[line - 1] + 1};
}

std::string_view SourceMap::LineAt(SourceId id, std::uint32_t offset) const {
  const std::uint32_t line = Locate(id, offset).line;
  const std::string_view rest = Text(id).substr(entries_[id].line_starts[line - 1]);
  return rest.substr(0, rest.find('\n'));
}

std::string SourceMap::Where(SourceRange range) const {
  if (range.source == kNoSource) return "?";
  const LineColumn at = Locate(range.source, range.offset);
  return std::string(Name(range.source)) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

}  // namespace sbtune::base
