// Where the bytes of a log come from: a file, a pipe, or memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/descriptor.h"
#include "core/base/result.h"

namespace sbtune::ingest {

class Input {
 public:
  enum class Got {
    kAll,   // as many bytes as wanted
    kSome,  // a pipe has no more for now
    kEnd,   // there will be no more
  };

  // "-" is standard input. Refuses what is surely no log text: a folder, a gzip file.
  [[nodiscard]] static base::Result<Input> Open(const std::string& path);
  [[nodiscard]] static Input FromBytes(std::string bytes);
  // What a pipe brings; `name` is for errors.
  [[nodiscard]] static Input FromDescriptor(base::Descriptor pipe, std::string name);

  // Appends up to `count` bytes, waiting for the first one only; leaves `spare` bytes of capacity behind
  // them.
  [[nodiscard]] base::Result<Got> Append(std::string& out, std::size_t count, std::size_t spare);
  [[nodiscard]] std::uint64_t total_bytes() const {
    return total_bytes_;
  }  // of a regular file or memory, else 0

 private:
  enum class Kind { kMemory, kFile, kStream };

  base::Result<std::size_t> ReadOnce(char* to, std::size_t count);
  [[nodiscard]] bool HasMore() const;

  Kind kind_ = Kind::kMemory;
  base::Descriptor file_;
  std::string name_;
  std::string bytes_;
  std::size_t at_ = 0;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace sbtune::ingest
