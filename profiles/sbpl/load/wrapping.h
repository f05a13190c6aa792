// Profiles that other programs keep inside their own sources: a C++ raw string R"…( … )…", alone in its file or the
// value of a constant, and a Nix string '' … ''. A file that begins as a profile does is never searched.
//
//   FindWrapping("static const char kRules[] = R\"x((version 1))x\";")->pieces  // the 11 bytes at 31
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace sbtune::sbpl {

struct Wrapping {
  struct Piece {
    std::size_t begin;
    std::size_t length;
  };
  std::vector<Piece> pieces;  // adjacent literals are one string to a C++ compiler
  std::size_t others = 0;     // raw strings further down, which are strings of their own
};

// Nothing if the text is a profile as it stands.
[[nodiscard]] std::optional<Wrapping> FindWrapping(std::string_view text);

}  // namespace sbtune::sbpl
