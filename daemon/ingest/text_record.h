// A text line, and the lines that belong to it, -> one record: the header's line, the message, then a message
// tag, a wrapped target or the rest of a report.
#pragma once

#include <string>

#include "core/access/record.h"
#include "daemon/ingest/denial_message.h"
#include "daemon/ingest/lines.h"
#include "daemon/ingest/log_line.h"
#include "daemon/ingest/plain_line.h"
#include "daemon/ingest/report.h"

namespace sbtune::ingest {

class TextRecordReader {
 public:
  explicit TextRecordReader(DenialReader& denials) : denials_(&denials) {}

  // Reads the record whose first line is `first` and returns where it ends. record.kind is kOther where there
  // is none; the record is then one line. Of the identity only the kind is set.
  [[nodiscard]] std::size_t Read(Window& window, const Line& first, access::RecordView& record);

  // Whether the record just read stood in a piece of a structured record.
  [[nodiscard]] bool quotes_json() const { return quotes_json_; }

  // A boot log joins messages. The text of the one that was glued behind the record just read, and how to
  // read it; empty if there is none (left).
  [[nodiscard]] std::string_view glued() const { return glued_; }
  void ReadGlued(access::RecordView& record);

 private:
  [[nodiscard]] bool ReadEvent(const LogLine& line, access::RecordView& record);
  [[nodiscard]] bool SearchEvent(const LogLine& line, access::RecordView& record);
  void Accept(const LogLine& line, access::RecordView& record);
  void FindGlued(const LogLine& line, access::RecordView& record);
  [[nodiscard]] std::size_t ReadAccess(Window& window, const Line& first, access::RecordView& record);
  [[nodiscard]] std::size_t ReadWithPlainBlanks(Window& window, const Line& first,
                                                access::RecordView& record);
  [[nodiscard]] bool ContinuesHead(std::string_view first, std::string_view second);
  [[nodiscard]] std::size_t ReadWrappedHead(Window& window, const Line& first, access::RecordView& record);
  [[nodiscard]] std::size_t ReadSplitName(Window& window, const Line& first, access::RecordView& record);
  [[nodiscard]] std::size_t ReadWrappedTarget(Window& window, std::size_t at, access::RecordView& record);
  [[nodiscard]] std::string_view CopyUnmarked(Window& window, std::size_t at, std::string_view marks,
                                              std::size_t size);
  [[nodiscard]] std::size_t ReadMarkedReport(Window& window, std::size_t at, access::RecordView& record);
  [[nodiscard]] std::size_t ReadContinuation(Window& window, std::size_t at, const LogLine& line,
                                             access::RecordView& record);
  [[nodiscard]] bool IsOwnRecord(std::string_view line);

  DenialReader* denials_;
  PlainLineReader plain_;
  bool quotes_json_ = false;
  std::string_view glued_;  // only between Read() and ReadGlued()
  std::string line_scratch_;
  std::string joined_;
  std::string coloured_;
  std::string unmarked_;
  std::string target_;
  ReportScratch report_;
};

}  // namespace sbtune::ingest
