// The identity of a record that carries no time: a hash over every byte of the input up to and with the
// record. The bytes before a chunk come as the reader's running state; those in it are hashed when first
// asked for.
#pragma once

#include <cstddef>
#include <string_view>

#include "daemon/ingest/chunk.h"
#include "daemon/ingest/log_record.h"

namespace sbtune::ingest {

class PlaceHash {
 public:
  PlaceHash() = default;                                            // of no bytes
  explicit PlaceHash(const PrefixHash& before) : state_(before) {}  // goes on from there

  void Add(std::string_view bytes);
  // The identity at `end` of `bytes`, which begin where the prefix ended. `end` only grows.
  [[nodiscard]] Identity UpTo(std::string_view bytes, std::size_t end);
  [[nodiscard]] const PrefixHash& state() const { return state_; }

 private:
  PrefixHash state_;
  std::size_t hashed_to_ = 0;
};

}  // namespace sbtune::ingest
