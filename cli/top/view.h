// The screen of `top` as lines of text, each exactly as wide as the terminal. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/top/model.h"

namespace sbtune::top {

enum class Style : std::uint8_t { kPlain, kTitle, kHeader, kSelected, kDim };

struct Line {
  std::string text;
  Style style = Style::kPlain;
};

// As many lines as rows. Scrolls the model's first row so that the selected one is seen.
[[nodiscard]] std::vector<Line> Draw(Model& model, std::size_t columns, std::size_t rows);

}  // namespace sbtune::top
