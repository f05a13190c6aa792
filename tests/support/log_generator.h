// Makes logs of any length from a seed: the same seed gives the same bytes on every machine. For benchmarks and
// for tests that need many records; names, paths and services are invented.
//
//   test::LogGenerator generator(7);
//   std::string text;
//   for (int i = 0; i < 1000; ++i) generator.AppendCompact(text);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sbtune::test {

class LogGenerator {
 public:
  explicit LogGenerator(std::uint64_t seed) : state_(seed * 2 + 1) {}

  // One record with its newline: mostly denials, some duplicates, a few allows and System Policy records.
  void AppendCompact(std::string& out);
  void AppendNdjson(std::string& out);
  // A compact line about something else.
  void AppendNoise(std::string& out);
  // The bare message, as the kernel writes it.
  void AppendMessage(std::string& out);

 private:
  std::uint64_t Next();
  std::uint64_t Below(std::uint64_t bound) { return Next() % bound; }
  template <typename Pool>
  std::string_view Pick(const Pool& pool);
  void AppendPath(std::string& out);
  void AppendAccess(std::string& out);
  void AppendTime(std::string& out, int digits);

  std::uint64_t state_;
  std::uint64_t microseconds_ = 0;  // since the first record
};

}  // namespace sbtune::test
