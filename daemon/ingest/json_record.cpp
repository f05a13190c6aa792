#include "daemon/ingest/json_record.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include <simdjson.h>

#include "daemon/ingest/json_text.h"
#include "daemon/ingest/timestamp.h"

namespace sbtune::ingest {
namespace {

enum class Key {
  kEventMessage,
  kMessage,
  kProcessImage,
  kProcess,
  kSenderImage,
  kLibrary,
  kProcessId,
  kPid,
  kTimestamp,
  kTime,
  kBoot,
  kBootUuid,
  kMachTime,
  kThread,
  kThreadId,
  kTrace,
  kNone,
};

struct KeyName {
  std::string_view name;
  Key key;
};

constexpr std::array kKeys = {
    KeyName{"eventMessage", Key::kEventMessage},
    KeyName{"message", Key::kMessage},
    KeyName{"processImagePath", Key::kProcessImage},
    KeyName{"process", Key::kProcess},
    KeyName{"senderImagePath", Key::kSenderImage},
    KeyName{"library", Key::kLibrary},
    KeyName{"processID", Key::kProcessId},
    KeyName{"pid", Key::kPid},
    KeyName{"timestamp", Key::kTimestamp},
    KeyName{"time", Key::kTime},
    KeyName{"bootUUID", Key::kBoot},
    KeyName{"boot_uuid", Key::kBootUuid},
    KeyName{"machTimestamp", Key::kMachTime},
    KeyName{"threadID", Key::kThread},
    KeyName{"thread_id", Key::kThreadId},
    KeyName{"traceID", Key::kTrace},
};

Key KeyOf(std::string_view name) {
  for (const KeyName& known : kKeys) {
    if (known.name.size() == name.size() && known.name[0] == name[0] && known.name == name) return known.key;
  }
  return Key::kNone;
}

bool IsText(Key key) {
  switch (key) {
    case Key::kEventMessage:
    case Key::kMessage:
    case Key::kProcessImage:
    case Key::kProcess:
    case Key::kSenderImage:
    case Key::kLibrary:
    case Key::kTimestamp:
    case Key::kBoot:
    case Key::kBootUuid:
      return true;
    case Key::kProcessId:
    case Key::kPid:
    case Key::kTime:
    case Key::kMachTime:
    case Key::kThread:
    case Key::kThreadId:
    case Key::kTrace:
    case Key::kNone:
      return false;
  }
  return false;
}

// Both spellings side by side until the whole object is seen; Apple's wins.
struct Gathered {
  RecordFacts apple;
  RecordFacts mandiant;
  std::optional<double> time;

  void Text(Key key, std::string_view text) {
    switch (key) {
      case Key::kEventMessage:
        apple.message = text;
        break;
      case Key::kMessage:
        mandiant.message = text;
        break;
      case Key::kProcessImage:
        apple.process_image = text;
        break;
      case Key::kProcess:
        mandiant.process_image = text;
        break;
      case Key::kSenderImage:
        apple.sender_image = text;
        break;
      case Key::kLibrary:
        mandiant.sender_image = text;
        break;
      case Key::kTimestamp:
        apple.time_ns = ReadIsoTime(text).ns;
        break;
      case Key::kBoot:
        apple.boot = text;
        break;
      case Key::kBootUuid:
        mandiant.boot = text;
        break;
      case Key::kProcessId:
      case Key::kPid:
      case Key::kTime:
      case Key::kMachTime:
      case Key::kThread:
      case Key::kThreadId:
      case Key::kTrace:
      case Key::kNone:
        break;
    }
  }
  void Number(Key key, std::string_view digits) {
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const bool negative = digits.starts_with('-');
    const auto [stop, error] = std::from_chars(digits.data() + (negative ? 1 : 0), end, number);
    const bool whole = error == std::errc{} && stop == end;
    if (key == Key::kTime) {
      double value = 0;
      if (std::from_chars(digits.data(), end, value).ec == std::errc{}) time = value;
      return;
    }
    if (!whole) return;
    const auto with_sign = negative ? -static_cast<std::int64_t>(number) : static_cast<std::int64_t>(number);
    if (key == Key::kProcessId) apple.process_id = with_sign;
    if (key == Key::kPid) mandiant.process_id = with_sign;
    if (negative) return;
    if (key == Key::kMachTime) apple.mach_time = number;
    if (key == Key::kThread) apple.thread = number;
    if (key == Key::kThreadId) mandiant.thread = number;
    if (key == Key::kTrace) apple.trace = number;
  }
  [[nodiscard]] RecordFacts Facts() const {
    const bool other = !apple.message && mandiant.message;
    RecordFacts facts = other ? mandiant : apple;
    if (!other) return facts;
    if (time && std::isfinite(*time) && std::fabs(*time) < 9.2e18)
      facts.time_ns = std::llround(*time);
    else
      facts.time_ns = apple.time_ns;
    return facts;
  }
};

std::string_view WithoutBlanks(std::string_view token) {
  return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

}  // namespace

struct JsonRecordReader::State {
  simdjson::ondemand::parser parser;
  std::string padded;
  std::string scratch;

  bool ReadFast(const char* bytes, std::size_t size, std::size_t capacity, Gathered& out);
};

// Members are visited in their order; values that nobody asks for are skipped unread.
bool JsonRecordReader::State::ReadFast(const char* bytes, std::size_t size, std::size_t capacity,
                                       Gathered& out) {
  simdjson::ondemand::document document;
  if (parser.iterate(bytes, size, capacity).get(document) != simdjson::SUCCESS) return false;
  simdjson::ondemand::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) return false;
  for (auto member : object) {
    simdjson::ondemand::raw_json_string raw;
    if (member.key().get(raw) != simdjson::SUCCESS) return false;
    const char* const key_begin = raw.raw();
    const auto* key_end = static_cast<const char*>(
        std::memchr(key_begin, '"', static_cast<std::size_t>(bytes + size - key_begin)));
    if (key_end == nullptr) return false;
    const Key key = KeyOf({key_begin, static_cast<std::size_t>(key_end - key_begin)});
    if (key == Key::kNone) continue;
    simdjson::ondemand::value value;
    if (member.value().get(value) != simdjson::SUCCESS) return false;
    simdjson::ondemand::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    if (IsText(key) && type == simdjson::ondemand::json_type::string) {
      std::string_view text;
      if (value.get_string().get(text) != simdjson::SUCCESS) return false;
      out.Text(key, text);
    } else if (!IsText(key) && type == simdjson::ondemand::json_type::number) {
      out.Number(key, WithoutBlanks(value.raw_json_token()));
    }
  }
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing behind the object
}

JsonRecordReader::JsonRecordReader() : state_(std::make_unique<State>()) {}
JsonRecordReader::~JsonRecordReader() = default;

bool JsonRecordReader::Read(std::string_view object, std::size_t readable, RecordFacts& facts) {
  const char* bytes = object.data();
  if (readable < object.size() + simdjson::SIMDJSON_PADDING) {
    state_->padded.assign(object);
    state_->padded.resize(object.size() + simdjson::SIMDJSON_PADDING, ' ');
    bytes = state_->padded.data();
    readable = state_->padded.size();
  }
  Gathered gathered;
  if (!state_->ReadFast(bytes, object.size(), readable, gathered)) return ReadByHand(object, facts);
  facts = gathered.Facts();
  return true;
}

bool JsonRecordReader::ReadByHand(std::string_view object, RecordFacts& facts) {
  state_->scratch.clear();
  state_->scratch.reserve(object.size());  // unescaping never lengthens, so views into it stay
  Gathered gathered;
  JsonMembers members(object);
  while (const std::optional<JsonMember> member = members.Next()) {
    const Key key = KeyOf(member->key);
    if (key == Key::kNone) continue;
    if (IsText(key) && member->type == JsonMember::Type::kString) {
      const std::optional<std::string_view> text = UnescapeJson(member->value, state_->scratch);
      if (!text) return false;
      gathered.Text(key, *text);
    } else if (!IsText(key) && member->type == JsonMember::Type::kNumber) {
      gathered.Number(key, member->value);
    }
  }
  if (members.failed()) return false;
  facts = gathered.Facts();
  return true;
}

}  // namespace sbtune::ingest
