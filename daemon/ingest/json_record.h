// One JSON object of a log -> its facts. Two spellings: Apple's (`log --style ndjson|json`: eventMessage,
// processImagePath …) and that of mandiant's macos-UnifiedLogs (message, process, library …).
// simdjson reads; what it refuses (bytes that are not UTF-8, half surrogates) is read by hand.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/ingest/log_record.h"

namespace sbtune::ingest {

class JsonRecordReader {
 public:
  JsonRecordReader();
  ~JsonRecordReader();
  JsonRecordReader(const JsonRecordReader&) = delete;
  JsonRecordReader& operator=(const JsonRecordReader&) = delete;

  // False where `object` is not one JSON object and nothing else. `readable` bytes may be read from its start
  // without harm; with 64 more than its length nothing is copied. Views live until the next call.
  [[nodiscard]] bool Read(std::string_view object, std::size_t readable, RecordFacts& facts);

  // By hand alone, for tests that compare.
  [[nodiscard]] bool ReadByHand(std::string_view object, RecordFacts& facts);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::ingest
