#include "daemon/ingest/text_record.h"

#include <algorithm>

#include <re2/re2.h>

#include "daemon/ingest/target_text.h"

namespace sbtune::ingest {
namespace {

using access::RecordKind;
using access::RecordView;

constexpr int kBlankLinesInWrap = 3;
constexpr std::size_t kMaxTag = 512;  // bytes
constexpr std::size_t kIsoTime = 19;  // "2026-10-01 11:03:22"

const re2::RE2& PrefixAnywhere() {
  static const re2::RE2 pattern(
      "(?:[0-9]{1,9} duplicate reports? for )?(?:[Ss]andbox|SandboxViolation|Protobox|System Policy):\\s");
  return pattern;
}

bool MentionsAccess(std::string_view line) {
  return line.find("deny") != std::string_view::npos || line.find("allow") != std::string_view::npos;
}

bool EndsInPrefix(std::string_view line) {
  line = TrimRight(line);
  return line.ends_with("Sandbox:") || line.ends_with("System Policy:");
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

// What begins at `begin`, without what follows the mark that closes the quotation it stands in.
std::string_view UpToClosingMark(std::string_view whole, std::size_t begin) {
  const std::string_view message = whole.substr(begin);
  const auto backquotes = std::ranges::count(whole.substr(0, begin), '`');
  if (backquotes % 2 == 1) return message.substr(0, message.find('`'));
  const char before = begin > 0 ? whole[begin - 1] : ' ';
  if (before == '"' || before == '\'') return message.substr(0, message.find(before));
  return message;
}

}  // namespace

bool TextRecordReader::Accept(const LogLine& line, RecordView& record) {
  CleanTarget(line, record);
  if (record.target && line.header == Header::kNone && UnescapeMarkdown(*record.target, target_)) {
    record.target = target_;
  }
  record.ambiguous = record.ambiguous || line.ambiguous;
  record.provenance =
      line.emitter == Emitter::kOther ? access::Provenance::kUntrusted : access::Provenance::kText;
  record.time_ns = line.time_ns;
  record.identity_kind = line.dated ? access::IdentityKind::kTimed : access::IdentityKind::kPlace;
  return true;
}

bool TextRecordReader::ReadEvent(const LogLine& line, RecordView& record) {
  if (line.header == Header::kLogTool && denials_->Read(line.message, Grammar::kRecord, record)) {
    return Accept(line, record);
  }
  // Only a line without a known header may hold a record somewhere inside: `log` records its own command lines,
  // which quote one.
  const bool search = line.header != Header::kLogTool && line.emitter != Emitter::kOther;
  if (search && SearchEvent(line, record)) return true;
  if (denials_->Read(line.message, Grammar::kLine, record)) return Accept(line, record);
  return line.in_backquotes && denials_->Read(line.message, Grammar::kCell, record) && Accept(line, record);
}

bool TextRecordReader::SearchEvent(const LogLine& line, RecordView& record) {
  const std::string_view whole = line.message;
  re2::StringPiece found;
  for (std::size_t at = 0; at < whole.size();) {
    if (!PrefixAnywhere().Match({whole.data(), whole.size()}, at, whole.size(), re2::RE2::UNANCHORED, &found, 1)) {
      return false;
    }
    const auto begin = static_cast<std::size_t>(found.data() - whole.data());
    const std::string_view message = UpToClosingMark(whole, begin);
    const Grammar grammar = begin == 0 ? Grammar::kLine : Grammar::kQuote;
    if (denials_->Read(message, grammar, record)) return Accept(line, record);
    at = begin + found.size();
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
  RecordView record;
  return MentionsAccess(text) && ReadEvent(line, record);
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

std::size_t TextRecordReader::ReadContinuation(Window& window, std::size_t at, const LogLine& line,
                                               RecordView& record) {
  if (window.AtEnd(at)) return at;
  if (BeginsWithIsoTime(window.bytes().substr(at, kIsoTime))) return at;  // as BeginsRecord() would say, sooner
  const Line following = window.LineAt(at);
  if (BeginsRecord(following.text)) return at;
  if (BeginsReportBody(following.text)) {
    const std::size_t end = FindReportEnd(window, at);
    ReadReportBody(window.bytes().substr(at, end - at), *denials_, report_, record);
    return end;
  }
  if (!record.target && line.header != Header::kLogTool) {
    target_.clear();
    const std::size_t end = ReadWrappedTarget(window, at, record);
    if (end != at) return end;
  }
  if (!IsTag(following.text) || IsOwnRecord(following.text)) return at;
  record.tag = following.text;
  return following.next;
}

std::size_t TextRecordReader::ReadWrappedHead(Window& window, const Line& first, RecordView& record) {
  if (window.AtEnd(first.next)) return first.next;
  const Line second = window.LineAt(first.next);
  if (BeginsRecord(second.text) || second.text.empty() || !IsBlank(second.text[0])) return first.next;
  joined_ = TrimRight(first.text);
  joined_ += ' ';
  joined_ += TrimLeft(second.text);
  const LogLine line = ReadLogLine(joined_, line_scratch_);
  if (!ReadEvent(line, record)) return first.next;
  return ReadContinuation(window, second.next, line, record);
}

std::size_t TextRecordReader::Read(Window& window, const Line& first, RecordView& record) {
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
    return EndsInPrefix(first.text) ? ReadWrappedHead(window, first, record) : first.next;
  }
  if (IsLogFrame(first.text)) return first.next;
  line_scratch_.clear();
  const LogLine line = ReadLogLine(first.text, line_scratch_);
  if (!ReadEvent(line, record)) return first.next;
  return ReadContinuation(window, first.next, line, record);
}

}  // namespace sbtune::ingest
