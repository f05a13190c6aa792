// The three forms in which listings are printed.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/render/table.h"

namespace CLI {
class App;
}

namespace sbtune::cli {

struct OutputOptions {
  bool json = false;
  bool csv = false;
};

void AddOutputOptions(CLI::App& command, OutputOptions& options);

// As text, or as CSV when asked for. CSV holds the bytes as they are, but escaped where it meets a terminal.
[[nodiscard]] Exit PrintTable(const Invocation& invocation, const OutputOptions& options, const render::Table& table);

// Fails with a sentence when stdout does not take it all.
[[nodiscard]] Exit Print(const Invocation& invocation, const std::string& text);

// Writes out what is still held back; `code`, or the same failure with its sentence.
[[nodiscard]] Exit Finish(const Invocation& invocation, Exit code);

// Bytes as hexadecimal digits, for JSON beside a text that is not UTF-8.
[[nodiscard]] std::string Hex(std::string_view bytes);

}  // namespace sbtune::cli
