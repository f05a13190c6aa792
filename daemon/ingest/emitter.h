// Who wrote a line of text, by the words between its time and its message: "kernel[0:4c663ab] (Sandbox) ",
// "localhost kernel[0]: ", "sandboxd[129] ([31211]): ", "kernel(Sandbox)[0] <Notice>: " and the columns of
// `log`'s default style. Text proves nothing, but it can tell that somebody else wrote a line.
#pragma once

#include <string_view>

#include "daemon/ingest/log_line.h"

namespace sbtune::ingest {

// Takes such words off the front of line.message and sets line.emitter; false, and nothing taken, without a
// pid.
[[nodiscard]] bool TakeEmitter(LogLine& line);

// Takes "kernel: (Sandbox) ", "host kernel: ", "(Sandbox) ": what people leave when they shorten a line.
[[nodiscard]] bool TakeShortEmitter(LogLine& line);

// kSandbox for sandboxd, and for the kernel (pid 0 where it shows) when no other kext is named as the sender.
[[nodiscard]] Emitter WhoIs(std::string_view process, std::string_view pid, std::string_view sender);

}  // namespace sbtune::ingest
