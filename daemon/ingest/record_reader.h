// The next records of a text, whatever their form: the heart of the reader. A unit is a run of whole lines
// that holds whole records: one line, one object, one report, or several objects on one line.
#pragma once

#include <cstddef>
#include <memory>

#include "core/access/record.h"
#include "daemon/ingest/chunk.h"
#include "daemon/ingest/lines.h"

namespace sbtune::ingest {

// Where a record stands in the window; the last line end is not a part of it.
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct Unit {
  std::size_t next = 0;  // where the next one begins
  bool one_line = false;
};

class RecordVisitor {
 public:
  virtual ~RecordVisitor() = default;
  virtual void OnRecord(access::RecordView& record, Extent extent) = 0;
  virtual void OnOther(Extent extent) = 0;  // a line or an object that is no sandbox event
};

class RecordReader {
 public:
  RecordReader();
  ~RecordReader();
  RecordReader(RecordReader&&) noexcept;
  RecordReader& operator=(RecordReader&&) noexcept;

  // Reads the unit that begins at the line start `at`. A unit never goes past a line that BeginsRecord(), so
  // reading may begin at any such line.
  [[nodiscard]] Unit ReadUnit(Window& window, std::size_t at, RecordVisitor& visitor);

 private:
  [[nodiscard]] Unit ReadOne(Window& window, std::size_t at, RecordVisitor& visitor);
  [[nodiscard]] Unit ReadLine(Window& window, const Line& line, RecordVisitor& visitor);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::ingest
