// Whole texts through ChunkReader and ChunkParser, as values that tests can compare and print.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/record.h"
#include "daemon/ingest/chunk.h"

namespace sbtune::test {

// A RecordView that owns its text; `line` and `offset` count from the start of the input.
struct Parsed {
  access::RecordKind kind = access::RecordKind::kOther;
  access::Action action = access::Action::kDeny;
  access::Provenance provenance = access::Provenance::kText;
  bool ambiguous = false;
  bool platform_policy = false;
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
  std::uint64_t duplicates = 0;
  std::optional<std::int64_t> pid;
  std::optional<std::int32_t> errno_number;
  std::optional<std::string> process, operation, target, tag;
  std::optional<std::int64_t> time_ns;
  access::IdentityKind identity_kind = access::IdentityKind::kPlace;
  std::uint64_t identity_low = 0;
  std::uint64_t identity_high = 0;

  bool operator==(const Parsed&) const = default;
};

[[nodiscard]] Parsed Own(const access::RecordView& record);
std::ostream& operator<<(std::ostream& out, const Parsed& parsed);

struct ParsedText {
  std::vector<Parsed> records;
  ingest::ChunkTotals totals;
  std::size_t chunks = 0;
};

[[nodiscard]] ParsedText ParseText(std::string text, std::size_t chunk_bytes = 1u << 20,
                                   ingest::OtherRecords others = ingest::OtherRecords::kReport);

// The events alone, without the other records.
[[nodiscard]] std::vector<Parsed> EventsOf(std::string text);

// The one event of a text; fails the test if there are none or several.
[[nodiscard]] Parsed OneEvent(std::string text);

}  // namespace sbtune::test
