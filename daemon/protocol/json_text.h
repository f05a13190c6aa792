// Small pieces of JSON, written without a library where speed counts. Private to daemon/protocol.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sbtune::protocol {

// With quotes and escapes; invalid UTF-8 becomes U+FFFD.
void AppendQuoted(std::string& out, std::string_view bytes);
// ,"key":"text" or ,"key":null
void AppendText(std::string& out, std::string_view key, const std::optional<std::string>& bytes);
// ,"key_hex":"…" when the bytes are not valid UTF-8; otherwise nothing
void AppendHexIfNeeded(std::string& out, std::string_view key, const std::optional<std::string>& bytes);
[[nodiscard]] std::optional<std::string> FromHex(std::string_view digits);

}  // namespace sbtune::protocol
