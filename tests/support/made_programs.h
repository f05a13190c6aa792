// Programs that nobody recorded, made from a seed: what a compiler, a package manager, a Java-like machine, a Ruby-like
// interpreter, a version control tool and a desktop app touch in three runs each, with a reference tree and with traps
// beside the names that change from run to run. For judging a change to the tuner by programs that it was not made for.
//
//   const Traces made = MakePrograms(7);   // the same as LoadTraces() gives
#pragma once

#include <cstdint>

#include "tests/support/traces.h"

namespace sbtune::test {

[[nodiscard]] Traces MakePrograms(std::uint32_t seed);

}  // namespace sbtune::test
