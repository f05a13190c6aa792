#include "daemon/ingest/record_reader.h"

#include "core/base/result.h"
#include "daemon/ingest/json_record.h"
#include "daemon/ingest/json_text.h"
#include "daemon/ingest/log_record.h"
#include "daemon/ingest/text_record.h"

namespace sbtune::ingest {
namespace {

using access::RecordKind;
using access::RecordView;

constexpr std::string_view kBetweenObjects = " \t\r[],}";
constexpr std::size_t kLongestPrefix = 64;  // "123 duplicate reports for System Policy: ", and some more
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBeforeObject = "{[]}, \t";

// The brace that opens the first object of a line, if the line is JSON's: "{", "[{", "},{", `  {"key": …`.
std::size_t FindOpeningBrace(std::string_view line) {
  const std::size_t brace = line.find_first_not_of(kBetweenObjects);
  if (brace == std::string_view::npos || line[brace] != '{') return std::string_view::npos;
  const std::string_view inside = TrimLeft(line.substr(brace + 1));
  const bool json = inside.empty() || inside[0] == '"' || inside[0] == '}';
  return json ? brace : std::string_view::npos;
}

// Nothing but the brace on the first line.
bool IsPrettyPrinted(std::string_view object) {
  return Trim(object.substr(1, object.find('\n') - 1)).empty();
}

bool IsPunctuation(std::string_view line) {
  return !line.empty() && line.find_first_not_of(kBetweenObjects) == std::string_view::npos &&
         line.find_first_of("[]}") != std::string_view::npos;
}

// A tag that a file name could hardly have been: the kernel writes both behind the same newline.
bool IsPlainTag(std::string_view tag) {
  for (const char c : tag) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte == 0x7F || c == '/') return false;
  }
  return true;
}

void SetIdentity(const Identity& identity, RecordView& record) {
  record.identity_kind = identity.kind;
  record.identity_low = identity.low;
  record.identity_high = identity.high;
}

// `end` moved back over the line end before it.
std::size_t WithoutLineEnd(std::string_view bytes, std::size_t begin, std::size_t end) {
  if (end > begin && bytes[end - 1] == '\n') --end;
  if (end > begin && bytes[end - 1] == '\r') --end;
  return end;
}

}  // namespace

struct RecordReader::State {
  DenialReader denials;
  JsonRecordReader json;
  TextRecordReader text{denials};
  ReportScratch report;
  std::string closed;  // an object whose brace stands on the next unit's line

  bool ReadUnclosed(std::string_view lines, Extent extent, RecordVisitor& visitor);
  std::size_t ReadJson(Window& window, std::size_t brace, RecordVisitor& visitor);
  bool ReadObject(std::string_view object, std::size_t readable, Extent extent, RecordVisitor& visitor);
  void VisitObject(std::string_view object, std::size_t readable, Extent extent, RecordVisitor& visitor);
  bool ReadQuoted(Window& window, const Line& line, RecordVisitor& visitor);
  std::size_t ReadText(Window& window, const Line& line, RecordVisitor& visitor);
  std::size_t ReadFirstLine(std::string_view message, RecordView& record);
  bool ReadMessage(const RecordFacts& facts, RecordView& record);
};

// The newline behind the message's first line, the one that the record's name and target take up. A name may
// hold a newline itself: then a later one, and a doubt.
std::size_t RecordReader::State::ReadFirstLine(std::string_view message, RecordView& record) {
  std::size_t end = message.find('\n');
  if (denials.Read(message.substr(0, end), Grammar::kRecord, record)) return end;
  while (end < kMaxName + kLongestPrefix) {
    end = message.find('\n', end + 1);
    if (!denials.Read(message.substr(0, end), Grammar::kRecord, record)) continue;
    record.ambiguous = true;
    return end;
  }
  return 0;
}

bool RecordReader::State::ReadMessage(const RecordFacts& facts, RecordView& record) {
  const std::string_view message = *facts.message;
  const std::size_t newline = ReadFirstLine(message, record);
  if (newline == 0) return false;
  record.provenance = ProvenanceOf(facts);
  record.time_ns = facts.time_ns;
  const bool cut = message.size() >= kKernelMessage && record.provenance != access::Provenance::kSandboxd;
  record.ambiguous = record.ambiguous || cut;
  if (newline == std::string_view::npos || newline + 1 == message.size()) return true;
  const std::string_view rest = message.substr(newline + 1);
  const bool like_report = BeginsReportBody(rest, record, denials);
  if (like_report && record.provenance != access::Provenance::kKernel) {
    ReadReportBody(rest, denials, report, record);
    return true;
  }
  record.tag = rest;
  const bool path = record.target && record.target->find('/') != std::string_view::npos;
  // Only sandboxd writes reports: in the kernel's record it is a name that imitates one.
  if (like_report || (path && !IsPlainTag(rest))) record.ambiguous = true;
  return true;
}

// The event in an object, if there is one. False where the object is none at all, true where it was visited.
bool RecordReader::State::ReadObject(std::string_view object, std::size_t readable, Extent extent,
                                     RecordVisitor& visitor) {
  RecordFacts facts;
  if (!json.Read(object, readable, facts)) return false;
  RecordView record;
  if (!facts.message || !ReadMessage(facts, record)) {
    visitor.OnOther(extent);
    return true;
  }
  if (facts.mach_time)
    SetIdentity(EventIdentity(facts), record);
  else if (facts.time_ns)
    SetIdentity(TimedIdentity(facts), record);
  visitor.OnRecord(record, extent);
  return true;
}

void RecordReader::State::VisitObject(std::string_view object, std::size_t readable, Extent extent,
                                      RecordVisitor& visitor) {
  if (!MentionsAccess(object) || !ReadObject(object, readable, extent, visitor)) visitor.OnOther(extent);
}

// An object printed over many lines may end on a line that begins the next one: "},{". That line belongs to
// the next unit, so this object is read without its brace, whether or not more of the text is there.
bool RecordReader::State::ReadUnclosed(std::string_view lines, Extent extent, RecordVisitor& visitor) {
  if (!IsPrettyPrinted(lines)) return false;
  closed = lines;
  closed += '}';
  VisitObject(closed, closed.size(), extent, visitor);
  return true;
}

// One object after the other as long as they share lines.
std::size_t RecordReader::State::ReadJson(Window& window, std::size_t brace, RecordVisitor& visitor) {
  const std::string_view bytes = window.bytes();
  for (;;) {
    const JsonExtent found = FindJsonEnd(window, brace);
    const Extent extent{brace, found.end};
    if (found.how != JsonExtent::End::kClosed) {
      const bool all_but_closed = found.how == JsonExtent::End::kOpen && found.depth == 1;
      const std::string_view lines = bytes.substr(brace, found.end - brace);
      if (!all_but_closed || !ReadUnclosed(lines, extent, visitor)) visitor.OnOther(extent);
      return found.end;
    }
    std::size_t after = found.end;
    while (after < bytes.size() && (IsBlank(bytes[after]) || bytes[after] == ',')) ++after;
    const bool another = !window.AtEnd(after) && bytes[after] == '{';
    const bool brace_alone =
        found.last_line != 0 && Trim(bytes.substr(found.last_line, found.end - found.last_line)) == "}";
    if (another && brace_alone &&
        ReadUnclosed(bytes.substr(brace, found.last_line - brace), {brace, found.last_line}, visitor)) {
      return found.last_line;
    }
    VisitObject(bytes.substr(brace, found.end - brace), bytes.size() - brace, extent, visitor);
    if (!another) return window.AtEnd(after) ? bytes.size() : window.LineAt(after).next;
    brace = after;
  }
}

// The object in a line that has something in front of it: a build server's time, the name of a file.
bool RecordReader::State::ReadQuoted(Window& window, const Line& line, RecordVisitor& visitor) {
  const std::size_t open = line.text.find('{');
  if (open == std::string_view::npos) return false;
  const std::string_view bytes = window.bytes();
  const std::size_t brace = static_cast<std::size_t>(line.text.data() - bytes.data()) + open;
  Window whole_line(bytes.substr(0, line.next));
  const JsonExtent found = FindJsonEnd(whole_line, brace);
  return found.how == JsonExtent::End::kClosed &&
         ReadObject(bytes.substr(brace, found.end - brace), bytes.size() - brace, {brace, found.end},
                    visitor);
}

std::size_t RecordReader::State::ReadText(Window& window, const Line& line, RecordVisitor& visitor) {
  const std::string_view bytes = window.bytes();
  const auto at = static_cast<std::size_t>(line.text.data() - bytes.data());
  RecordView record;
  const std::size_t next = text.Read(window, line, record);
  Extent extent{at, WithoutLineEnd(bytes, at, next)};
  if (record.kind == RecordKind::kOther) {
    visitor.OnOther(extent);
    return next;
  }
  if (text.quotes_json()) {
    if (ReadQuoted(window, line, visitor)) return line.next;
    record.provenance = access::Provenance::kUntrusted;  // a piece of a structured record, without its proof
  }
  while (!text.glued().empty()) {
    const Extent all = extent;
    extent.end = static_cast<std::size_t>(text.glued().data() - bytes.data());
    visitor.OnRecord(record, extent);
    record = RecordView{};
    text.ReadGlued(record);
    extent = {extent.end, all.end};
  }
  if (record.identity_kind == access::IdentityKind::kTimed) {
    SetIdentity(TimedIdentity(bytes.substr(extent.begin, extent.end - extent.begin)), record);
  }
  visitor.OnRecord(record, extent);
  return next;
}

RecordReader::RecordReader() : state_(std::make_unique<State>()) {}
RecordReader::~RecordReader() = default;
RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&&) noexcept = default;

Unit RecordReader::ReadUnit(Window& window, std::size_t at, RecordVisitor& visitor) {
  const Unit unit = ReadOne(window, at, visitor);
  SBTUNE_ASSERT(unit.next > at && unit.next <= window.bytes().size());
  return unit;
}

Unit RecordReader::ReadOne(Window& window, std::size_t at, RecordVisitor& visitor) {
  const Line line = window.LineAt(at);
  if (line.text.starts_with(kByteOrderMark) && line.text.size() > kByteOrderMark.size()) {
    // Some editors put it in front; what follows is the line.
    return ReadLine(window, {line.text.substr(kByteOrderMark.size()), line.next}, visitor);
  }
  return ReadLine(window, line, visitor);
}

Unit RecordReader::ReadLine(Window& window, const Line& line, RecordVisitor& visitor) {
  const std::string_view bytes = window.bytes();
  const auto at = static_cast<std::size_t>(line.text.data() - bytes.data());
  const bool may_be_json = !line.text.empty() && kBeforeObject.find(line.text[0]) != std::string_view::npos;
  const std::size_t brace = may_be_json ? FindOpeningBrace(line.text) : std::string_view::npos;
  if (brace != std::string_view::npos) {
    // ndjson, nearly always: if the line is one object, nothing has to look for its end.
    if (brace == 0 && line.text.ends_with('}') && MentionsAccess(line.text) &&
        state_->ReadObject(line.text, bytes.size() - at, {at, at + line.text.size()}, visitor)) {
      return {line.next, true};
    }
    const std::size_t next = state_->ReadJson(window, at + brace, visitor);
    return {next, next == line.next};
  }
  if (may_be_json && IsPunctuation(line.text)) return {line.next, true};
  const std::size_t next = state_->ReadText(window, line, visitor);
  return {next, next == line.next};
}

}  // namespace sbtune::ingest
