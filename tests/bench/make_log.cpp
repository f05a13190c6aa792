// bench_make_log compact|ndjson|noise COUNT [SEED [FRESH]]: writes COUNT records to standard output.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/support/log_generator.h"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: bench_make_log compact|ndjson|noise COUNT [SEED [FRESH]]\n", stderr);
    return 2;
  }
  const std::string_view style = argv[1];
  const long long count = std::atoll(argv[2]);
  sbtune::test::LogGenerator generator(argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1,
                                       argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 10);
  std::string block;
  for (long long i = 0; i < count; ++i) {
    if (style == "ndjson")
      generator.AppendNdjson(block);
    else if (style == "noise")
      generator.AppendNoise(block);
    else
      generator.AppendCompact(block);
    if (block.size() > (1u << 20) || i + 1 == count) {
      if (std::fwrite(block.data(), 1, block.size(), stdout) != block.size()) return 1;
      block.clear();
    }
  }
  return 0;
}
