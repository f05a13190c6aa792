// The three forms in which listings are printed.
#pragma once

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "cli/render/table.h"

namespace CLI {
class App;
class ParseError;
}

namespace sbtune::cli {

struct OutputOptions {
  bool json = false;
  bool csv = false;
};

void AddOutputOptions(CLI::App& command, OutputOptions& options);

// --top N, how much of a listing is printed; 0 is all of it.
void AddTopOption(CLI::App& command, std::uint64_t& top, const std::string& description);

// As text, or as CSV when asked for.
[[nodiscard]] Exit PrintTable(const Invocation& invocation, const OutputOptions& options, const render::Table& table);

// Fails with a sentence when stdout does not take it all; without one where its reader has gone (`… | head`), as
// programs that die of SIGPIPE do.
[[nodiscard]] Exit Print(const Invocation& invocation, const std::string& text);

// The failure of Print() for an errno that was kept.
[[nodiscard]] Exit CannotWrite(const Invocation& invocation, int error_number);

// Writes out what is still held back; fails as Print() does.
[[nodiscard]] Exit Flush(const Invocation& invocation);

// The same at the end of a command: `code`, or that failure.
[[nodiscard]] Exit Finish(const Invocation& invocation, Exit code);

// What the option parser has to say: help and version on stdout, a wrong command line on stderr.
[[nodiscard]] Exit PrintParserAnswer(const Invocation& invocation, const CLI::App& app, const CLI::ParseError& answer);

// Says on stderr that so many lines of a log were left out for their length; nothing where there were none.
void TellSkipped(const Invocation& invocation, std::uint64_t lines);

// Bytes as hexadecimal digits, for JSON beside a text that is not UTF-8.
[[nodiscard]] std::string Hex(std::string_view bytes);

}  // namespace sbtune::cli
