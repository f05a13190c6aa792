// A progress bar on stderr, only where somebody is looking.
//
//   ProgressBar bar(invocation.err, "capture.log");
//   bar.Show(done_bytes, total_bytes, "2,345 records");   // as often as you like; it draws ten times a second
//   (the destructor wipes it away)
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "core/base/clock.h"

namespace sbtune::cli {

class ProgressBar {
 public:
  ProgressBar(std::FILE* out, std::string title, const base::Clock& clock);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();

  void Show(std::uint64_t done, std::uint64_t total, const std::string& note);  // total 0: unknown

 private:
  std::FILE* out_;
  std::string title_;
  const base::Clock& clock_;
  bool visible_;
  bool drawn_ = false;
  std::int64_t next_ns_ = 0;
};

// The line itself, at most `width` characters.
[[nodiscard]] std::string ProgressLine(const std::string& title, std::uint64_t done, std::uint64_t total,
                                       const std::string& note, std::size_t width);

}  // namespace sbtune::cli
