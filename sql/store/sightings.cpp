#include "sql/store/sightings.h"

namespace sbtune::store {

void SightingWriter::Add(std::uint32_t twin, std::int64_t time_ns) {
  const std::int64_t time_ms = time_ns / kMillisecondNs;
  const std::int64_t delta = time_ms - previous_ms_;
  previous_ms_ = time_ms;
  auto zigzag = (static_cast<std::uint64_t>(delta) << 1) ^ static_cast<std::uint64_t>(delta >> 63);
  char bytes[10 + sizeof(twin)];
  std::size_t size = 0;
  for (; zigzag >= 0x80; zigzag >>= 7) bytes[size++] = static_cast<char>(zigzag | 0x80);
  bytes[size++] = static_cast<char>(zigzag);
  std::memcpy(bytes + size, &twin, sizeof(twin));
  out_.append(bytes, size + sizeof(twin));
}

}  // namespace sbtune::store
