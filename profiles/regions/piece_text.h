// Words for pieces; the public ones are in describe.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sbtune::regions {

[[nodiscard]] std::string Joined(const std::vector<std::string>& parts, std::string_view between);

}  // namespace sbtune::regions
