#include "tests/support/temp_folder.h"

#include <stdlib.h>

#include <filesystem>

#include "core/base/result.h"

namespace sbtune::test {

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sbtune-test.XXXXXX").string();
  SBTUNE_ASSERT(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sbtune::test
