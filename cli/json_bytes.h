// Bytes of logs and profiles in JSON, the same way in every command: text that is valid UTF-8 as it is; else each bad
// byte as U+FFFD, and all bytes once more as hexadecimal under KEY_hex. Only for .cpp files of this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace sbtune::cli {

using Json = nlohmann::ordered_json;

// null when absent.
void PutBytes(Json& object, const std::string& key, const std::optional<std::string>& bytes);
[[nodiscard]] Json JsonTexts(const std::vector<std::string>& texts);

}  // namespace sbtune::cli
