// What `watch` puts on the screen: one line a record, talk about gaps and states, and the summary at the end. Pure.
//
//   WatchView view({.json = false, .colour = true});
//   std::fputs(view.Line(record).c_str(), stdout);  …  std::fputs(view.Summary("…").c_str(), stderr);
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "daemon/protocol/message.h"

namespace sbtune::cli {

enum class WatchFormat { kText, kJson };
enum class Colour { kNo, kYes };

class WatchView {
 public:
  WatchView(WatchFormat format, Colour colour) : format_(format), colour_(colour) {}

  // With newline. Counts the record for the summary.
  [[nodiscard]] std::string Line(const protocol::LiveRecord& record);
  // Data in JSON, talk in text.
  [[nodiscard]] std::string Line(const protocol::GapEvent& gap);
  [[nodiscard]] std::string Line(const protocol::StateEvent& state);
  [[nodiscard]] std::string Line(const protocol::LostEvent& lost);
  [[nodiscard]] WatchFormat format() const { return format_; }

  // The most frequent groups, what may be missing, and how to go on; `next_step` is a command.
  [[nodiscard]] std::string Summary(const std::string& next_step) const;

 private:
  using Group = std::tuple<std::string, std::string, std::string>;  // process, operation, target
  WatchFormat format_;
  Colour colour_;
  std::map<Group, std::uint64_t> groups_;
  std::uint64_t records_ = 0;
  std::uint64_t occurrences_ = 0;
  std::uint64_t text_ = 0;  // of them, from text logs
  std::uint64_t ungrouped_ = 0;  // when there are too many groups to keep
  std::set<std::pair<std::int64_t, std::int64_t>> gaps_;  // from, to (ns): not read again so far
  std::uint64_t lost_ = 0;
};

}  // namespace sbtune::cli
