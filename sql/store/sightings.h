// Where and when denials were seen, so that a later report about one of them can be recognised: pairs of (twin,
// time), packed. A twin is 32 bits over (pid, operation, target); a chance hit within the four seconds that count
// is as likely as (denials in these seconds) / 2^32 for each report.
//
// Format: for each pair the difference of the time in milliseconds to the pair before (the first: to 0), zigzag,
// as a base-128 varint; then the twin, 4 bytes, little-endian. About 5 bytes a denial.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sbtune::store {

inline constexpr std::int64_t kMillisecondNs = 1'000'000;
inline constexpr std::int64_t kTwinDistanceMs = 2'000;  // how far a report may be from its denial, either way

class SightingWriter {
 public:
  explicit SightingWriter(std::string& out) : out_(out) { out_.clear(); }
  void Add(std::uint32_t twin, std::int64_t time_ns);

 private:
  std::string& out_;
  std::int64_t previous_ms_ = 0;
};

// Calls visit(twin, time in ms) for each pair. Damaged bytes end it early.
template <typename Visit>
void VisitSightings(std::string_view data, Visit visit) {
  std::int64_t time_ms = 0;
  std::size_t at = 0;
  while (at < data.size()) {
    std::uint64_t zigzag = 0;
    for (int shift = 0; at < data.size() && shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(data[at++]);
      zigzag |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    if (data.size() - at < sizeof(std::uint32_t)) return;
    std::uint32_t twin = 0;
    std::memcpy(&twin, data.data() + at, sizeof(twin));
    at += sizeof(twin);
    time_ms = static_cast<std::int64_t>(static_cast<std::uint64_t>(time_ms) + ((zigzag >> 1) ^ (~(zigzag & 1) + 1)));
    visit(twin, time_ms);
  }
}

}  // namespace sbtune::store
