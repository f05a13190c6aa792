#include "daemon/ingest/place_hash.h"

#include <new>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sbtune::ingest {
namespace {

static_assert(sizeof(XXH3_state_t) <= sizeof(PrefixHash) && alignof(XXH3_state_t) <= alignof(PrefixHash));

XXH3_state_t* Of(PrefixHash& hash) {
  auto* state = std::launder(reinterpret_cast<XXH3_state_t*>(hash.state.data()));
  if (state->nbStripesPerBlock == 0) XXH3_128bits_reset(state);  // never used so far
  return state;
}

}  // namespace

void PlaceHash::Add(std::string_view bytes) { XXH3_128bits_update(Of(state_), bytes.data(), bytes.size()); }

Identity PlaceHash::UpTo(std::string_view bytes, std::size_t end) {
  Add(bytes.substr(hashed_to_, end - hashed_to_));
  hashed_to_ = end;
  const XXH128_hash_t hash = XXH3_128bits_digest(Of(state_));
  return {access::IdentityKind::kPlace, hash.low64, hash.high64};
}

}  // namespace sbtune::ingest
