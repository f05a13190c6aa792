#include "profiles/sbpl/edit/unified_diff.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "core/base/result.h"

namespace sbtune::sbpl {
namespace {

constexpr std::size_t kContext = 3;  // lines; what patch(1) and git use by default

using Lines = std::vector<std::string_view>;  // each with its newline; the last may lack one

Lines SplitLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::size_t length = newline == std::string_view::npos ? text.size() : newline + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

// Old lines [begin, begin + removed) become the lines of `text` (which lives as long as the block).
struct Block {
  std::size_t begin = 0;
  std::size_t removed = 0;
  std::string text;
  Lines added;
};

class LineIndex {
 public:
  explicit LineIndex(std::string_view text) : text_(text), lines_(SplitLines(text)) {
    starts_.reserve(lines_.size() + 1);
    std::size_t at = 0;
    for (const std::string_view line : lines_) {
      starts_.push_back(at);
      at += line.size();
    }
    starts_.push_back(at);
  }

  [[nodiscard]] const Lines& lines() const { return lines_; }
  // The line that an edit at `offset` changes. The end of a text without a last newline is its last line.
  [[nodiscard]] std::size_t LineOf(std::size_t offset) const {
    const bool open_end = offset == text_.size() && !text_.empty() && text_.back() != '\n';
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), open_end ? offset - 1 : offset);
    return std::min(static_cast<std::size_t>(next - starts_.begin()) - 1, lines_.size());
  }
  [[nodiscard]] std::string_view Range(std::size_t begin, std::size_t end) const {
    return text_.substr(starts_[begin], starts_[end] - starts_[begin]);
  }
  [[nodiscard]] std::size_t Start(std::size_t line) const { return starts_[line]; }

 private:
  std::string_view text_;
  Lines lines_;
  std::vector<std::size_t> starts_;
};

struct LineSpan {
  std::size_t begin;
  std::size_t end;
};

LineSpan Touched(const LineIndex& index, const TextEdit& edit) {
  const std::size_t first = index.LineOf(edit.offset);
  const std::size_t last = index.LineOf(std::size_t{edit.offset} + edit.length);
  return {first, std::min(last + 1, index.lines().size())};
}

// Drops lines that are the same on both sides, at the front first.
void Trim(Block& block, const LineIndex& index) {
  const auto old_line = [&](std::size_t i) { return index.lines()[block.begin + i]; };
  const std::size_t limit = std::min(block.removed, block.added.size());
  std::size_t front = 0;
  while (front < limit && old_line(front) == block.added[front]) ++front;
  std::size_t back = 0;
  while (back < limit - front && old_line(block.removed - 1 - back) == block.added[block.added.size() - 1 - back]) {
    ++back;
  }
  block.begin += front;
  block.removed -= front + back;
  block.added = Lines(block.added.begin() + static_cast<std::ptrdiff_t>(front),
                      block.added.end() - static_cast<std::ptrdiff_t>(back));
}

Block MakeBlock(const LineIndex& index, LineSpan span, std::span<const TextEdit> edits) {
  Block block;
  block.begin = span.begin;
  block.removed = span.end - span.begin;
  std::vector<TextEdit> local(edits.begin(), edits.end());
  for (TextEdit& edit : local) edit.offset -= static_cast<std::uint32_t>(index.Start(span.begin));
  block.text = ApplyEdits(index.Range(span.begin, span.end), local);
  return block;
}

// Edits that touch one line become one block.
std::vector<Block> MakeBlocks(const LineIndex& index, std::span<const TextEdit> edits) {
  std::vector<Block> blocks;
  for (std::size_t first = 0; first < edits.size();) {
    LineSpan span = Touched(index, edits[first]);
    std::size_t next = first + 1;
    for (; next < edits.size(); ++next) {
      const LineSpan further = Touched(index, edits[next]);
      if (further.begin >= std::max(span.end, span.begin + 1)) break;
      span.end = std::max(span.end, further.end);
    }
    Block block = MakeBlock(index, span, edits.subspan(first, next - first));
    if (block.text != index.Range(span.begin, span.end)) blocks.push_back(std::move(block));
    first = next;
  }
  for (Block& block : blocks) {  // only now: views into `text` would not survive a move
    block.added = SplitLines(block.text);
    Trim(block, index);
  }
  return blocks;
}

void AppendLine(std::string& out, char mark, std::string_view line) {
  out += mark;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

// "12,3", "12" for one line, and for none the number of the line before.
std::string HunkSide(std::size_t begin, std::size_t count) {
  if (count == 1) return fmt::format("{}", begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

class DiffWriter {
 public:
  DiffWriter(const LineIndex& index, std::string& out) : index_(index), out_(out) {}

  // Blocks whose contexts touch or overlap.
  void Hunk(std::span<const Block> blocks) {
    const std::size_t begin = blocks.front().begin - std::min(kContext, blocks.front().begin);
    const Block& last = blocks.back();
    const std::size_t end = std::min(last.begin + last.removed + kContext, index_.lines().size());
    std::size_t added = 0;
    std::size_t removed = 0;
    for (const Block& block : blocks) {
      added += block.added.size();
      removed += block.removed;
    }
    const std::size_t old_count = end - begin;
    fmt::format_to(std::back_inserter(out_), "@@ -{} +{} @@\n", HunkSide(begin, old_count),
                   HunkSide(begin + shift_, old_count + added - removed));
    Body(begin, end, blocks);
    shift_ += added - removed;  // wraps around and back when lines were removed
  }

 private:
  void Body(std::size_t begin, std::size_t end, std::span<const Block> blocks) {
    std::size_t at = begin;
    for (const Block& block : blocks) {
      for (; at < block.begin; ++at) AppendLine(out_, ' ', index_.lines()[at]);
      for (; at < block.begin + block.removed; ++at) AppendLine(out_, '-', index_.lines()[at]);
      for (const std::string_view line : block.added) AppendLine(out_, '+', line);
    }
    for (; at < end; ++at) AppendLine(out_, ' ', index_.lines()[at]);
  }

  const LineIndex& index_;
  std::string& out_;
  std::size_t shift_ = 0;  // new line number minus old
};

bool NeedsQuotes(std::string_view name) {
  if (name.empty() || name.front() == ' ' || name.back() == ' ') return true;
  return std::any_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\';
  });
}

void AppendQuoted(std::string& out, unsigned char byte) {
  switch (byte) {
    case '\a': out += "\\a"; return;
    case '\b': out += "\\b"; return;
    case '\t': out += "\\t"; return;
    case '\n': out += "\\n"; return;
    case '\v': out += "\\v"; return;
    case '\f': out += "\\f"; return;
    case '\r': out += "\\r"; return;
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    default: break;
  }
  if (byte < 0x20 || byte >= 0x7F) {
    fmt::format_to(std::back_inserter(out), "\\{:03o}", byte);
  } else {
    out += static_cast<char>(byte);
  }
}

}  // namespace

std::string DiffName(std::string_view name) {
  if (!NeedsQuotes(name)) {
    return std::string(name) + (name.find(' ') == std::string_view::npos ? "" : "\t");
  }
  std::string out = "\"";
  for (const char c : name) AppendQuoted(out, static_cast<unsigned char>(c));
  return out + "\"";
}

std::string UnifiedDiff(std::string_view name, std::string_view before, std::span<const TextEdit> edits) {
  const LineIndex index(before);
  const std::vector<Block> blocks = MakeBlocks(index, edits);
  if (blocks.empty()) return "";
  const std::string shown = DiffName(name);
  std::string out = fmt::format("--- {}\n+++ {}\n", shown, shown);
  DiffWriter writer(index, out);
  for (std::size_t first = 0; first < blocks.size();) {
    std::size_t next = first + 1;
    while (next < blocks.size() &&
           blocks[next].begin <= blocks[next - 1].begin + blocks[next - 1].removed + 2 * kContext) {
      ++next;
    }
    writer.Hunk(std::span(blocks).subspan(first, next - first));
    first = next;
  }
  return out;
}

}  // namespace sbtune::sbpl
