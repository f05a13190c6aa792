// What an input is that holds no sandbox record at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace sbtune::pipeline {

enum class InputKind : std::uint8_t {
  kLog,         // a log of a quiet time, or empty; also every input that holds records
  kNotALog,     // it begins with nothing that a log begins with
  kCompressed,
};

// `beginning`: the first bytes of the input, or all.
[[nodiscard]] InputKind KindWithoutRecords(std::string_view beginning);

// For an input that gave no record: why that may be no good news. Silence of a wrong file looks like a quiet log.
[[nodiscard]] base::Status CheckSilence(const std::string& name, InputKind kind);

}  // namespace sbtune::pipeline
