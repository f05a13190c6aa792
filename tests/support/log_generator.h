// Makes logs of any length from a seed: the same seed gives the same bytes on every machine. For benchmarks
// and for tests that need many records; names, paths and services are invented.
//
//   test::LogGenerator generator(7);
//   std::string text;
//   for (int i = 0; i < 1000; ++i) generator.AppendCompact(text);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sbtune::test {

class LogGenerator {
 public:
  // Of a thousand messages, `fresh` are about a process and an access that were not seen before; the others repeat
  // one of the latest 65,536, as real programs do. 5 million records make about 5,000 × `fresh` groups.
  explicit LogGenerator(std::uint64_t seed, std::uint64_t fresh = 10) : state_(seed * 2 + 1), fresh_(fresh) {}

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
  std::pair<std::string_view, std::string>& PickActor();
  void AppendTime(std::string& out, int digits);

  std::uint64_t state_;
  std::uint64_t fresh_;
  std::vector<std::pair<std::string_view, std::string>> actors_;  // process, access
  std::size_t oldest_ = 0;                                        // of actors_, once they are many
  std::uint64_t microseconds_ = 0;  // since the first record
};

}  // namespace sbtune::test
