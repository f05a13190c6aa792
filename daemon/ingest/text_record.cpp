#include "daemon/ingest/text_record.h"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/ingest/pasted.h"
#include "daemon/ingest/pattern.h"
#include "daemon/ingest/target_text.h"

namespace sbtune::ingest {
namespace {

using access::RecordKind;
using access::RecordView;

constexpr int kBlankLinesInWrap = 3;
constexpr std::size_t kMaxTag = 512;                    // bytes
constexpr std::size_t kMarkedReport = 4096;             // bytes of a quoted report that are unmarked at first
constexpr std::size_t kLargestMarkedReport = 1u << 20;  // and at most
constexpr std::size_t kIsoTime = 19;                    // "2026-10-01 11:03:22"

const Pattern& PrefixAnywhere() {
  static const Pattern pattern(
      "(?:[0-9]{1,9} duplicate reports? for )?(?:[Ss]andbox|SandboxViolation|Protobox|System Policy):\\s");
  return pattern;
}

// A message tag on a line of its own; in text it must not look like anything else.
bool IsTag(std::string_view line) {
  if (line.empty() || line.size() > kMaxTag || line.ends_with(':')) return false;
  bool word = false;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7F || c == '/' || c == '`' || c == '<' || c == '{' || c == '}') return false;
    word = word || IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || byte >= 0x80;
  }
  return word;
}

bool IsNamed(std::string_view message) { return PrefixAnywhere().MatchStart(message); }

// "N duplicate reports for ": documentation, or the count would have been taken with what follows.
bool EndsInCount(std::string_view text) {
  return text.ends_with(" duplicate reports for ") || text.ends_with(" duplicate report for ");
}

}  // namespace

// A target that holds a whole record of its own: a boot log's next message, or an imitation of one.
void TextRecordReader::FindGlued(const LogLine& line, RecordView& record) {
  if (!record.target || line.header == Header::kLogTool) return;
  const std::string_view target = *record.target;
  std::array<std::string_view, 1> found;
  for (std::size_t at = 0; PrefixAnywhere().Search(target, at, found); at += found[0].size()) {
    at = static_cast<std::size_t>(found[0].data() - target.data());
    RecordView inner;
    if (!denials_->Read(target.substr(at), Grammar::kQuote, inner)) continue;
    record.ambiguous = true;
    if (!line.boot_log) return;
    glued_ = target.substr(at);
    record.target = target.substr(0, at);
    return;
  }
}

void TextRecordReader::ReadGlued(RecordView& record) {
  LogLine line;
  line.boot_log = true;
  line.message = std::exchange(glued_, {});
  if (denials_->Read(line.message, Grammar::kQuote, record)) Accept(line, record);
  record.ambiguous = true;
}

void TextRecordReader::Accept(const LogLine& line, RecordView& record) {
  FindGlued(line, record);
  CleanTarget(line, record);
  if (record.target && line.header == Header::kNone && UnescapeMarkdown(*record.target, target_)) {
    record.target = target_;
  }
  record.ambiguous = record.ambiguous || line.ambiguous;
  record.provenance =
      line.emitter == Emitter::kOther ? access::Provenance::kUntrusted : access::Provenance::kText;
  record.time_ns = line.time_ns;
  record.identity_kind = line.dated ? access::IdentityKind::kTimed : access::IdentityKind::kPlace;
}

bool TextRecordReader::ReadEvent(const LogLine& line, RecordView& record) {
  const bool whole = line.header == Header::kLogTool || line.emitter == Emitter::kOther;
  bool read = whole && denials_->Read(line.message, Grammar::kRecord, record);
  // `log` records its own command lines, which quote a record: where somebody else wrote the line, a record
  // that does not begin it is none.
  if (!read && line.emitter != Emitter::kOther) {
    read = (line.header != Header::kLogTool && SearchEvent(line, record)) ||
           denials_->Read(line.message, Grammar::kLine, record) ||
           (line.in_backquotes && denials_->Read(line.message, Grammar::kCell, record));
    // `deny(1) mach-lookup x` in backquotes is a phrase of a text, not a line of a log.
    const bool phrase = read && line.in_backquotes && line.header == Header::kNone && !record.process;
    if (phrase && !IsNamed(line.message)) {
      record = RecordView{};
      read = false;
    }
  }
  if (read) Accept(line, record);
  return read;
}

// The first record that stands somewhere in the message.
bool TextRecordReader::SearchEvent(const LogLine& line, RecordView& record) {
  const std::string_view whole = line.message;
  Quotation quotation(whole, line.in_cell ? Quotation::Start::kCell : Quotation::Start::kPlain);
  std::array<std::string_view, 1> found;
  for (std::size_t at = 0; PrefixAnywhere().Search(whole, at, found); at += found[0].size()) {
    at = static_cast<std::size_t>(found[0].data() - whole.data());
    if (at > 0 && EndsInCount(whole.substr(0, at))) continue;
    if (at > 0 && IsDigit(whole[at]) && IsDigit(whole[at - 1])) continue;  // no count is that long
    const Grammar grammar = at == 0 ? Grammar::kLine : Grammar::kQuote;
    if (!denials_->Read(quotation.From(at), grammar, record)) continue;
    quotes_json_ = whole.find("\"eventMessage\"") != std::string_view::npos;
    return true;
  }
  return false;
}

bool TextRecordReader::IsOwnRecord(std::string_view text) {
  if (BeginsRecord(text) || IsLogFrame(text)) return true;
  const std::string_view start = TrimLeft(text);
  if (start.starts_with('{') || start.starts_with("[{")) return true;
  std::string scratch;
  const LogLine line = ReadLogLine(text, scratch);
  if (line.header != Header::kNone) return true;
  if (!MentionsAccess(text)) return false;
  TextRecordReader other(*denials_);  // what this one keeps for the record at hand stays as it is
  RecordView record;
  return other.ReadEvent(line, record);
}

std::size_t TextRecordReader::ReadWrappedTarget(Window& window, std::size_t at, RecordView& record) {
  const std::size_t begin = at;
  for (int blanks = 0; !window.AtEnd(at); ++blanks) {
    const Line line = window.LineAt(at);
    if (Trim(line.text).empty() && blanks < kBlankLinesInWrap) {
      at = line.next;
      continue;
    }
    if (!IsWrappedTarget(*record.operation, line.text) || IsOwnRecord(line.text)) return begin;
    target_ = Trim(line.text);
    at = line.next;
    break;
  }
  if (target_.empty() || at == begin) return begin;
  while (!window.AtEnd(at)) {
    const Line line = window.LineAt(at);
    if (!ContinuesTarget(line.text)) break;
    target_ += ' ';
    target_ += Trim(line.text);
    at = line.next;
  }
  LogLine loose;
  record.target = target_;
  CleanTarget(loose, record);
  return at;
}

// Lines from `at` on without the marks that stand before each of them, as long as they have these and begin
// no record, up to `size` bytes.
std::string_view TextRecordReader::CopyUnmarked(Window& window, std::size_t at, std::string_view marks,
                                                std::size_t size) {
  unmarked_.clear();
  while (unmarked_.size() < size && !window.AtEnd(at)) {
    const Line line = window.LineAt(at);
    const bool blank = TrimRight(marks).starts_with(TrimRight(line.text));  // ">", or nothing at all
    if (BeginsRecord(line.text) || (!blank && !line.text.starts_with(marks))) break;
    unmarked_ += blank ? std::string_view() : line.text.substr(marks.size());
    unmarked_ += '\n';
    at = line.next;
  }
  return unmarked_;
}

// A report that was quoted or indented as a whole: each of its lines has the same marks in front.
std::size_t TextRecordReader::ReadMarkedReport(Window& window, std::size_t at, RecordView& record) {
  const std::string_view first = window.LineAt(at).text;
  const std::string_view marks = LeadingMarks(first);
  if (marks.empty() || !BeginsReportBody(first.substr(marks.size()), record, *denials_)) return at;
  for (std::size_t size = kMarkedReport;; size *= 4) {
    Window copy(CopyUnmarked(window, at, marks, size));
    const std::size_t end = FindReportEnd(copy, 0);
    if (copy.touched_end() && copy.bytes().size() >= size && size < kLargestMarkedReport) continue;
    ReadReportBody(copy.bytes().substr(0, end), *denials_, report_, record);
    auto lines = std::ranges::count(copy.bytes().substr(0, end), '\n');
    for (; lines > 0; --lines) at = window.LineAt(at).next;
    return at;
  }
}

std::size_t TextRecordReader::ReadContinuation(Window& window, std::size_t at, const LogLine& line,
                                               RecordView& record) {
  if (window.AtEnd(at) || !glued_.empty()) return at;
  if (BeginsWithIsoTime(window.bytes().substr(at, kIsoTime)))
    return at;  // as BeginsRecord() would say, sooner
  const Line following = window.LineAt(at);
  if (BeginsRecord(following.text)) return at;
  if (BeginsReportBody(following.text, record, *denials_)) {
    const std::size_t end = FindReportEnd(window, at);
    ReadReportBody(window.bytes().substr(at, end - at), *denials_, report_, record);
    return end;
  }
  if (const std::size_t end = ReadMarkedReport(window, at, record); end != at) return end;
  if (!record.target && line.header != Header::kLogTool) {
    target_.clear();
    const std::size_t end = ReadWrappedTarget(window, at, record);
    if (end != at) return end;
  }
  if (!IsTag(following.text) || IsOwnRecord(following.text)) return at;
  record.tag = following.text;
  return following.next;
}

// Whether `second` goes on with what was wrapped behind the prefix, the process or the action of `first`.
bool TextRecordReader::ContinuesHead(std::string_view first, std::string_view second) {
  if (BeginsRecord(second) || Trim(second).empty()) return false;
  if (EndsInPrefix(first)) return IsBlank(second[0]);
  if (EndsInSubject(first)) return BeginsWithAction(second);
  const std::string_view word = TrimLeft(second).substr(0, TrimLeft(second).find_first_of(" \t"));
  return EndsInAction(first) && denials_->KnowsOperation(word);
}

std::size_t TextRecordReader::ReadWrappedHead(Window& window, const Line& first, RecordView& record) {
  if (window.AtEnd(first.next)) return first.next;
  const Line second = window.LineAt(first.next);
  if (!ContinuesHead(first.text, second.text)) return first.next;
  joined_ = TrimRight(first.text);
  joined_ += ' ';
  joined_ += TrimLeft(second.text);
  const LogLine line = ReadLogLine(joined_, line_scratch_);
  if (!ReadEvent(line, record)) return first.next;
  glued_ = {};  // it lies in the joined copy, which has no place in the input
  return ReadContinuation(window, second.next, line, record);
}

// A name may hold a newline. Its second half, read alone, would be a record of some other process.
std::size_t TextRecordReader::ReadSplitName(Window& window, const Line& first, RecordView& record) {
  if (window.AtEnd(first.next) || BeginsWithIsoTime(window.bytes().substr(first.next, kIsoTime)))
    return first.next;
  const Line second = window.LineAt(first.next);
  if (!MentionsAccess(second.text) || BeginsRecord(second.text) || !BeginsWithIsoTime(first.text))
    return first.next;
  joined_ = first.text;
  joined_ += '\n';
  joined_ += second.text;
  const LogLine line = ReadLogLine(joined_, line_scratch_);
  const bool split = line.header == Header::kLogTool && line.emitter == Emitter::kSandbox &&
                     denials_->Read(line.message, Grammar::kRecord, record);
  if (!split) return first.next;
  Accept(line, record);
  record.ambiguous = true;
  return second.next;
}

std::size_t TextRecordReader::Read(Window& window, const Line& first, RecordView& record) {
  quotes_json_ = false;
  if (LogLine plain; plain_.Read(first.text, plain) && denials_->ReadPlainDenial(plain.message, record)) {
    record.time_ns = plain.time_ns;
    record.identity_kind = access::IdentityKind::kTimed;
    return ReadContinuation(window, first.next, plain, record);
  }
  if (BeginsReportPiece(first.text)) {
    const auto at = static_cast<std::size_t>(first.text.data() - window.bytes().data());
    const std::size_t end = FindReportEnd(window, first.next);
    ReadReportBody(window.bytes().substr(at, end - at), *denials_, report_, record);
    return end;
  }
  if (!MentionsAccess(first.text)) {
    return EndsInPrefix(first.text) || EndsInSubject(first.text) ? ReadWrappedHead(window, first, record)
                                                                 : ReadSplitName(window, first, record);
  }
  if (IsLogFrame(first.text)) return first.next;
  const std::string_view plain = WithoutColours(first.text, coloured_);
  const std::size_t next = ReadAccess(window, {plain, first.next}, record);
  if (plain.data() != first.text.data()) glued_ = {};  // it lies in a copy, as above
  return next;
}

// A line that mentions an access.
std::size_t TextRecordReader::ReadAccess(Window& window, const Line& first, RecordView& record) {
  line_scratch_.clear();
  const LogLine line = ReadLogLine(first.text, line_scratch_);
  const bool read = ReadEvent(line, record);
  if (read && !(line.header == Header::kNone && HasWideBlank(record.process.value_or(""))))
    return ReadContinuation(window, first.next, line, record);
  if (!read && EndsInAction(first.text)) return ReadWrappedHead(window, first, record);
  return ReadWithPlainBlanks(window, first, record);
}

// A line copied from a web page.
std::size_t TextRecordReader::ReadWithPlainBlanks(Window& window, const Line& first, RecordView& record) {
  if (!HasWideBlank(first.text)) return first.next;
  record = RecordView{};
  joined_ = WithPlainBlanks(first.text);
  const LogLine line = ReadLogLine(joined_, line_scratch_);
  if (!ReadEvent(line, record)) return first.next;
  glued_ = {};
  // Which of its blanks are the target's own, nobody knows.
  if (record.target && record.target->find(' ') != std::string_view::npos) record.ambiguous = true;
  return ReadContinuation(window, first.next, line, record);
}

}  // namespace sbtune::ingest
