// How strings are spelled in a profile, both ways: the reader's decoding, and an exact spelling for any bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sbtune::scheme {

struct StringLiteral {
  std::string value;
  std::size_t length;  // bytes of the literal with its quotes
};

// Decodes the literal that `text` begins with (its first byte is the opening quote): \n \t \r \" \xHH \NNN, and any
// other escaped byte stands for itself. Nothing when it is not closed.
[[nodiscard]] std::optional<StringLiteral> ReadStringLiteral(std::string_view text);

// A literal, quotes included, that decodes to exactly `bytes`. Control bytes are spelled \xHH; UTF-8 stays.
[[nodiscard]] std::string WriteStringLiteral(std::string_view bytes);

}  // namespace sbtune::scheme
