// One running `log` process as the reading loop sees it: its lines, what it complained about, how it ended.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/base/subprocess.h"
#include "daemon/live/event.h"
#include "daemon/live/line.h"

namespace sbtune::live {

class Child {
 public:
  Child(std::unique_ptr<base::Subprocess> process, Origin origin) : process_(std::move(process)), origin_(origin) {}

  [[nodiscard]] Origin origin() const { return origin_; }
  [[nodiscard]] int out() const { return out_open_ ? process_->out() : -1; }
  [[nodiscard]] int err() const { return err_open_ ? process_->err() : -1; }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  LineBuffer& lines() { return lines_; }

  // Reads once, without waiting: the bytes, or nothing when there are none now.
  [[nodiscard]] std::string ReadOut();
  void ReadErr();
  // How it ended, once its output is closed and it has been waited for. A child that closed its output and lives
  // on for two seconds is killed.
  [[nodiscard]] std::optional<base::ExitStatus> Ended(std::int64_t now_ns);
  // When to ask Ended again though no descriptor became readable.
  [[nodiscard]] std::optional<std::int64_t> NextLookNs(std::int64_t now_ns) const;
  void AskToEnd();  // SIGINT, on which `log stream` writes its footer

 private:
  std::unique_ptr<base::Subprocess> process_;
  Origin origin_;
  bool out_open_ = true;
  bool err_open_ = true;
  std::optional<std::int64_t> closed_ns_;
  LineBuffer lines_;
  std::string complaint_;  // the beginning of its stderr
};

}  // namespace sbtune::live
