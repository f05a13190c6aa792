// One message about one access: "Sandbox: cat(41) deny(1) file-read-data /p" and its kin -> the fields of a
// record. The grammar is RE2's over the short head of the message; the commonest spelling also has a path by
// hand (ReadPlainDenial), which answers as the grammar does or not at all.
//
//   access::RecordView record;
//   if (reader.Read(message, Grammar::kRecord, record)) …  // kind, action, process, pid, operation, target …
#pragma once

#include <string_view>

#include "core/access/record.h"
#include "daemon/ingest/operation_names.h"

namespace sbtune::ingest {

inline constexpr std::size_t kMaxName = 32;          // the kernel's longest process name, in bytes
inline constexpr std::size_t kKernelMessage = 1023;  // bytes; the kernel cuts a longer message silently

// How much a message may miss, by where it stands.
enum class Grammar {
  kRecord,  // a whole message as the system wrote it: nothing is missing, every byte counts
  kLine,    // a line of text, or what follows its header: prefix, pid or process may have been cut off
  kQuote,   // somewhere within a line: the "Sandbox:" prefix must be there
  kCell,    // `NAME deny(1) OPERATION …` in backquotes
};

class DenialReader {
 public:
  // Reads a message that begins at the first byte; false, and `out` empty, where it is none. `out` comes
  // empty; set are kind, action, ambiguous, platform_policy, duplicates, pid, errno_number, process,
  // operation and target. Views point into `message`, which is one line.
  [[nodiscard]] bool Read(std::string_view message, Grammar grammar, access::RecordView& out);

  [[nodiscard]] bool KnowsOperation(std::string_view word) { return names_.Knows(word); }

  // The grammar alone, and the path by hand alone: for tests that compare the two.
  [[nodiscard]] bool ReadByGrammar(std::string_view message, Grammar grammar, access::RecordView& out);
  [[nodiscard]] bool ReadPlainDenial(std::string_view message, access::RecordView& out);

 private:
  OperationNames names_;
};

}  // namespace sbtune::ingest
