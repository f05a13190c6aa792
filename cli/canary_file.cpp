#include "cli/canary_file.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/descriptor.h"

namespace sbtune::cli {

CanaryFile::CanaryFile() {
  const char* folder = ::getenv("TMPDIR");
  std::string path = std::string(folder == nullptr || *folder == '\0' ? "/tmp" : folder) + "/sbtune-canary.XXXXXX";
  const base::Descriptor file(::mkstemp(path.data()));
  if (!file) return;
  char* const real = ::realpath(path.c_str(), nullptr);
  if (real != nullptr) path_ = real;
  ::free(real);
}

CanaryFile::~CanaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace sbtune::cli
