#include "daemon/ingest/log_record.h"

#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sbtune::ingest {
namespace {

constexpr std::string_view kKernelImage = "/kernel";
constexpr std::string_view kSandboxKext = "/System/Library/Extensions/Sandbox.kext/Contents/MacOS/Sandbox";
constexpr std::string_view kSandboxd = "/usr/libexec/sandboxd";

}  // namespace

access::Provenance ProvenanceOf(const RecordFacts& facts) {
  if (facts.process_image == kKernelImage && facts.sender_image == kSandboxKext && facts.process_id == 0) {
    return access::Provenance::kKernel;
  }
  if (facts.process_image == kSandboxd) return access::Provenance::kSandboxd;
  return access::Provenance::kUntrusted;
}

Identity EventIdentity(const RecordFacts& facts) {
  const std::string_view message = facts.message.value_or("");
  const std::array<std::uint64_t, 5> key = {XXH3_64bits(facts.boot.data(), facts.boot.size()),
                                            facts.mach_time.value_or(0), facts.thread, facts.trace,
                                            XXH3_64bits(message.data(), message.size())};
  const XXH128_hash_t hash = XXH3_128bits(key.data(), sizeof key);
  return {access::IdentityKind::kEvent, hash.low64, hash.high64};
}

Identity TimedIdentity(std::string_view record) {
  const XXH128_hash_t hash = XXH3_128bits(record.data(), record.size());
  return {access::IdentityKind::kTimed, hash.low64, hash.high64};
}

}  // namespace sbtune::ingest
