// Errors that may happen in the normal course of work (a file is missing, a disk is full).
//
//   base::Result<std::string> text = base::ReadFile(path);
//   if (!text) return std::unexpected(text.error().Within("reading the profile"));
//
// Not for mistakes in the user's profile (diagnostics.h) and not for our own bugs (SBTUNE_ASSERT below).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace sbtune::base {

// One clear sentence for the user: what failed, where, and what to do next.
struct Error {
  std::string message;

  // Adds what an outer layer knows: "CONTEXT: MESSAGE".
  [[nodiscard]] Error Within(std::string_view context) const {
    return Error{std::string(context) + ": " + message};
  }
  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> Fail(std::string message) {
  return std::unexpected(Error{std::move(message)});
}

}  // namespace sbtune::base

// Stays on in release builds: a false condition means that we are wrong, and going on would spoil data.
#define SBTUNE_ASSERT(condition)                                                                    \
  do {                                                                                              \
    if (!(condition)) [[unlikely]] {                                                                \
      std::fprintf(stderr, "sbtune: internal error: %s does not hold (%s:%d); please report this.\n", \
                   #condition, __FILE__, __LINE__);                                                 \
      std::abort();                                                                                 \
    }                                                                                               \
  } while (false)
