// A program may be started with stdin, stdout or stderr closed. The next file that it opens, a database perhaps,
// would then take the number, and be written to as if it were the terminal.
//
//   int main() { base::HoldStandardStreams(); …
#pragma once

namespace sbtune::base {

// Fills the places of closed ones: reading finds the end, writing fails as it does on a closed descriptor.
void HoldStandardStreams();

}  // namespace sbtune::base
