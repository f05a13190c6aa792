// sandboxd's multi-line report about one denial: a head line that reads like a denial, then "Violation:"
// (until 10.14), "Process:" … "Report Version:", threads, images, and since 10.15 or so "MetaData: {…}",
// whose JSON says everything again and more exactly. Pieces of a report, as people paste them, are reports
// too.
#pragma once

#include <string>
#include <string_view>

#include "core/access/record.h"
#include "daemon/ingest/denial_message.h"
#include "daemon/ingest/lines.h"

namespace sbtune::ingest {

// Whether `line`, right behind the head line that gave `head`, makes it a report: "Process:", or a
// "Violation:" that says the same.
[[nodiscard]] bool BeginsReportBody(std::string_view line, const access::RecordView& head,
                                    DenialReader& denials);
// A line that begins a piece of a report whose head is missing.
[[nodiscard]] bool BeginsReportPiece(std::string_view line);

// Where the report ends whose lines begin at `at`: behind its last line, blank lines at its end left out.
[[nodiscard]] std::size_t FindReportEnd(Window& window, std::size_t at);

// What must outlive the record: unescaped strings of MetaData.
struct ReportScratch {
  std::string text;
};

// Adds what the body says to what the head line gave (nothing, for a piece). MetaData wins; where it
// contradicts the head (more than by a name that was cut), or stands twice, the record is ambiguous: a file's
// name may imitate it. Makes the kind a report.
void ReadReportBody(std::string_view body, DenialReader& denials, ReportScratch& scratch,
                    access::RecordView& record);

}  // namespace sbtune::ingest
