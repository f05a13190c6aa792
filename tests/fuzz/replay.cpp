// Runs a fuzz target on every file of a folder, in the ordinary build: inputs that once failed, or that once were
// dear, must pass everywhere. A folder without files fails.
//
//   replay_sbpl_eval tests/fuzz/regressions/sbpl_eval
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "core/base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  int inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      const std::string path = entry.path().string();
      const auto bytes = sbtune::base::ReadFile(path);
      if (!bytes) return 1;
      std::printf("%s\n", path.c_str());
      std::fflush(stdout);  // the last line names the culprit
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
      ++inputs;
    }
  }
  return inputs > 0 ? 0 : 1;
}
