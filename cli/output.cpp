#include "cli/output.h"

#include <cerrno>
#include <cstring>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace sbtune::cli {
void AddOutputOptions(CLI::App& command, OutputOptions& options) {
  CLI::Option* json = command.add_flag("--json", options.json, "One JSON object");
  command.add_flag("--csv", options.csv, "Comma-separated values with a header line, for spreadsheets: one line a row,\n"
                  "unsafe bytes as in the table (\\n, \\xff), a ' before what would be a formula")->excludes(json);
}

void AddTopOption(CLI::App& command, std::uint64_t& top, const std::string& description) {
  const auto check = [](std::string& text) {  // the parser would wrap it around
    return text.starts_with('-') ? std::string("needs 0 (all) or more") : std::string();
  };
  command.add_option("--top", top, description)->type_name("N")->check(CLI::Validator(check, ""));
}

Exit PrintTable(const Invocation& invocation, const OutputOptions& options, const render::Table& table) {
  return Print(invocation, options.csv ? table.Csv() : table.Text());
}

Exit Print(const Invocation& invocation, const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), invocation.out) == text.size()) return Exit::kDone;
  return CannotWrite(invocation, errno);
}

Exit CannotWrite(const Invocation& invocation, int error_number) {
  if (error_number == EPIPE) return Exit::kFailed;
  return Fail(invocation, {fmt::format("cannot write the output: {}; free some space or mend the pipe",
                                       std::strerror(error_number))});
}

Exit Flush(const Invocation& invocation) {
  return std::fflush(invocation.out) == 0 ? Exit::kDone : CannotWrite(invocation, errno);
}

Exit Finish(const Invocation& invocation, Exit code) {
  if (code == Exit::kFailed) return code;  // it has been told already
  const Exit flushed = Flush(invocation);
  return flushed == Exit::kDone ? code : flushed;
}

Exit PrintParserAnswer(const Invocation& invocation, const CLI::App& app, const CLI::ParseError& answer) {
  std::ostringstream out, err;
  if (app.exit(answer, out, err) != 0) {
    std::fputs(err.str().c_str(), invocation.err);
    return Exit::kUsage;
  }
  const Exit printed = Print(invocation, out.str());
  return Finish(invocation, printed);
}

void TellSkipped(const Invocation& invocation, std::uint64_t lines) {
  if (lines == 0) return;
  Tell(invocation, fmt::format("sbtune: skipped {} line{} longer than 10 MiB\n", lines, lines == 1 ? "" : "s"));
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
  return out;
}

}  // namespace sbtune::cli
