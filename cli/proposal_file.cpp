#include "cli/proposal_file.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "cli/diff_paths.h"
#include "cli/suggest_report.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "profiles/sbpl/edit/unified_diff.h"

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

// The lines that differ, by longest common subsequence within what the common begin and end leave; where that would
// be too much, everything between them as one edit.
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

}  // namespace

base::Result<std::string> CurrentFolder() {
  std::error_code failed;
  const std::string folder = std::filesystem::current_path(failed).string();
  if (failed) return base::Fail("cannot tell the current folder: " + failed.message() + "; change to another one");
  return folder;
}

std::string ShowChanges(const review::Examined& examined) {
  const std::string folder = CurrentFolder().value_or("/");
  std::string diff;
  for (const review::FileChange& change : examined.changes) {
    diff += sbpl::UnifiedDiff(DiffPathOf(change.path, folder).name, change.before, LineEdits(change.before, change.after));
  }
  return ShowText(diff);
}

base::Status SaveProposal(const std::string& file, const review::ProposalRequest& request, sbpl::ProfileFiles& files,
                          const Invocation& invocation) {
  const auto proposal = review::MakeProposal(request, files);
  if (!proposal) return std::unexpected(proposal.error());
  if (auto done = base::WriteFileAtomically(file, review::ToText(*proposal)); !done) return done;
  fmt::print(invocation.err, "\nSaved; after the review:  sbtune apply {} --digest {}\n", base::EscapeForTerminal(file),
             review::DigestOf(*proposal).substr(0, 16));
  return {};
}

}  // namespace sbtune::cli
