// Files that `sbtune run` needs: a private temporary one, and the program that the user named.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "core/base/result.h"

namespace sbtune::cli {

// Made by mkstemp in $TMPDIR, 0600 from the beginning, gone with this object.
class TemporaryFile {
 public:
  [[nodiscard]] static base::Result<TemporaryFile> With(const std::string& bytes);
  TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryFile(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

enum class ProgramState : std::uint8_t { kRunnable, kNotRunnable, kNotFound };
struct FoundProgram {
  ProgramState state = ProgramState::kNotFound;
  std::string path;  // empty when it was not found
  bool operator==(const FoundProgram&) const = default;
};

// Where execvp would look: `name` itself when it has a slash, else the folders of `path_variable`.
[[nodiscard]] FoundProgram FindProgram(const std::string& name, const std::string& path_variable);

// Of NAME=VALUE variables; empty when there is none.
[[nodiscard]] std::string ValueOf(std::span<const std::string> environment, const std::string& name);

}  // namespace sbtune::cli
