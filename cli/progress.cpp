#include "cli/progress.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/terminal.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

constexpr std::int64_t kRedrawNs = base::kSecondNs / 10;
constexpr std::size_t kWidth = 79;
constexpr std::size_t kBar = 24;
constexpr std::size_t kTitle = 24;

}  // namespace

std::string ProgressLine(const std::string& title, std::uint64_t done, std::uint64_t total, const std::string& note,
                         std::size_t width) {
  const std::string name = title.size() <= kTitle ? title : "..." + title.substr(title.size() - kTitle + 3);
  std::string line;
  if (total > 0) {
    const std::uint64_t shown = std::min(done, total);
    const std::string filled(static_cast<std::size_t>(shown * kBar / total), '#');
    line = fmt::format("{}  [{:<{}}] {:>3} %  {}", name, filled, kBar, shown * 100 / total, note);
  } else {
    line = fmt::format("{}  {} MB  {}", name, base::GroupDigits(done / 1'000'000), note);
  }
  return line.substr(0, width);
}

ProgressBar::ProgressBar(std::FILE* out, std::string title, const base::Clock& clock)
    : out_(out), title_(base::EscapeForTerminal(title)), clock_(clock), visible_(IsTerminal(out)) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputs("\r\x1b[K", out_);
}

void ProgressBar::Show(std::uint64_t done, std::uint64_t total, const std::string& note) {
  if (!visible_ || clock_.MonotonicNs() < next_ns_) return;
  next_ns_ = clock_.MonotonicNs() + kRedrawNs;
  drawn_ = true;
  std::fputs(fmt::format("\r{}\x1b[K", ProgressLine(title_, done, total, note, kWidth)).c_str(), out_);
  std::fflush(out_);
}

}  // namespace sbtune::cli
