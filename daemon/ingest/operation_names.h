// "Is this word an operation?", asked once a record: the catalog's answer, with the words met before kept at
// hand.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sbtune::ingest {

class OperationNames {
 public:
  [[nodiscard]] bool Knows(std::string_view word);

 private:
  static constexpr std::size_t kSlots = 256;
  struct Slot {
    std::uint8_t size = 0;  // 0: free
    std::array<char, 47> name{};
  };
  std::array<Slot, kSlots> slots_;
};

// The look of an operation name, known or not: "file-read-data", "process-exec*",
// "forbidden-link-priv<file-write*>".
[[nodiscard]] bool LooksLikeOperation(std::string_view word);

}  // namespace sbtune::ingest
