#include "cli/run_files.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/descriptor.h"

namespace sbtune::cli {
namespace {

ProgramState StateOf(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return ProgramState::kNotFound;
  const bool runnable = S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
  return runnable ? ProgramState::kRunnable : ProgramState::kNotRunnable;
}

}  // namespace

base::Result<TemporaryFile> TemporaryFile::With(const std::string& bytes) {
  const char* variable = ::getenv("TMPDIR");
  const std::string folder = variable == nullptr || *variable == '\0' ? "/tmp" : variable;
  std::string path = folder + "/sbtune-run.XXXXXX";
  const base::Descriptor file(::mkstemp(path.data()));
  if (!file) return base::Fail(fmt::format("cannot make a file in {}: {}; check TMPDIR", folder, std::strerror(errno)));
  TemporaryFile made(path);
  if (base::WriteAvailable(file.get(), bytes) != bytes.size()) {
    return base::Fail(fmt::format("cannot write {}: {}; check the space there", path, std::strerror(errno)));
  }
  return made;
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

FoundProgram FindProgram(const std::string& name, const std::string& path_variable) {
  if (name.find('/') != std::string::npos) {
    const ProgramState state = StateOf(name);
    return {state, state == ProgramState::kNotFound ? "" : name};
  }
  FoundProgram refused;
  if (name.empty()) return refused;
  for (std::size_t begin = 0; begin <= path_variable.size();) {
    const std::size_t end = std::min(path_variable.find(':', begin), path_variable.size());
    const std::string folder = path_variable.substr(begin, end - begin);
    const std::string path = (folder.empty() ? "." : folder) + "/" + name;
    const ProgramState state = StateOf(path);
    if (state == ProgramState::kRunnable) return {state, path};
    if (state == ProgramState::kNotRunnable && refused.path.empty()) refused = {state, path};
    begin = end + 1;
  }
  return refused;
}

std::string ValueOf(std::span<const std::string> environment, const std::string& name) {
  for (const std::string& variable : environment) {
    if (variable.starts_with(name + "=")) return variable.substr(name.size() + 1);
  }
  return "";
}

}  // namespace sbtune::cli
