#include "daemon/ingest/log_record.h"

#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sbtune::ingest {
namespace {

constexpr std::string_view kKernelImage = "/kernel";
constexpr std::string_view kSandboxKext = "/System/Library/Extensions/Sandbox.kext/Contents/MacOS/Sandbox";
constexpr std::string_view kSandboxd = "/usr/libexec/sandboxd";

std::uint64_t Hash(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

Identity Hashed(access::IdentityKind kind, const std::array<std::uint64_t, 5>& key) {
  const XXH128_hash_t hash = XXH3_128bits(key.data(), sizeof key);
  return {kind, hash.low64, hash.high64};
}

}  // namespace

access::Provenance ProvenanceOf(const RecordFacts& facts) {
  if (facts.process_image == kKernelImage && facts.sender_image == kSandboxKext && facts.process_id == 0) {
    return access::Provenance::kKernel;
  }
  if (facts.process_image == kSandboxd) return access::Provenance::kSandboxd;
  return access::Provenance::kUntrusted;
}

Identity EventIdentity(const RecordFacts& facts) {
  return Hashed(access::IdentityKind::kEvent, {Hash(facts.boot), facts.mach_time.value_or(0), facts.thread,
                                               facts.trace, Hash(facts.message.value_or(""))});
}

Identity TimedIdentity(const RecordFacts& facts) {
  return Hashed(
      access::IdentityKind::kTimed,
      {Hash(facts.boot), static_cast<std::uint64_t>(facts.time_ns.value_or(0)), facts.thread,
       static_cast<std::uint64_t>(facts.process_id.value_or(-1)), Hash(facts.message.value_or(""))});
}

Identity TimedIdentity(std::string_view record) {
  const XXH128_hash_t hash = XXH3_128bits(record.data(), record.size());
  return {access::IdentityKind::kTimed, hash.low64, hash.high64};
}

}  // namespace sbtune::ingest
