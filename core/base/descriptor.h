// One owner of one file descriptor.
//
//   base::Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
//   if (!file) return base::Fail(…);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace sbtune::base {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  explicit operator bool() const { return number_ >= 0; }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] int Release() { return std::exchange(number_, -1); }
  void Close();

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

// Both ends close on exec; neither blocks by default.
[[nodiscard]] Result<Pipe> MakePipe();
[[nodiscard]] Status SetNonBlocking(int descriptor);

enum class ReadOutcome { kBytes, kNothingYet, kEnd };

// Appends what is there to `bytes`, at most `max_bytes`, without waiting (the descriptor does not block).
// An error other than "try again" counts as the end: of a pipe there is nothing else to learn.
ReadOutcome ReadAvailable(int descriptor, std::string& bytes, std::size_t max_bytes);

// Writes as much as goes without waiting; the count of bytes written, or nothing when the other end is gone.
[[nodiscard]] std::optional<std::size_t> WriteAvailable(int descriptor, std::string_view bytes);

}  // namespace sbtune::base
