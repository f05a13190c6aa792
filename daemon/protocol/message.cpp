#include "daemon/protocol/message.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/base/text.h"

namespace sbtune::protocol {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<Method, 4> kMethods = {Method::kHello, Method::kStatus, Method::kWatch, Method::kReload};
constexpr std::array<ErrorCode, 7> kCodes = {ErrorCode::kBadJson,
                                             ErrorCode::kBadRequest,
                                             ErrorCode::kUnknownMethod,
                                             ErrorCode::kUnsupportedVersion,
                                             ErrorCode::kTooLong,
                                             ErrorCode::kBusy,
                                             ErrorCode::kFailed};

template <typename Values>
auto FromName(const Values& values, std::string_view name) -> std::optional<typename Values::value_type> {
  for (const auto value : values) {
    if (Name(value) == name) return value;
  }
  return std::nullopt;
}

Json Envelope() {
  Json object;
  object["v"] = kVersion;
  return object;
}

Json IdOrNull(const std::optional<std::int64_t>& id) { return id ? Json(*id) : Json(nullptr); }

std::string Line(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

// Reads members of a request one by one and keeps the first thing that is wrong. A member that nobody asked for is
// wrong too: a misspelt condition would let everything through.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}
  [[nodiscard]] const std::string& error() const { return error_; }

  void Read(const char* key, bool& value) {
    if (const Json* found = Find(key)) found->is_boolean() ? void(value = found->get<bool>()) : Complain(key, "true or false");
  }
  void Read(const char* key, std::vector<std::string>& list) {
    const Json* found = Find(key);
    if (found == nullptr) return;
    if (!found->is_array()) return Complain(key, "a list of texts");
    for (const Json& item : *found) {
      if (!item.is_string()) return Complain(key, "a list of texts");
      list.push_back(item.get<std::string>());
    }
  }
  void Read(const char* key, std::vector<std::int64_t>& list) {
    const Json* found = Find(key);
    if (found == nullptr) return;
    if (!found->is_array()) return Complain(key, "a list of numbers");
    for (const Json& item : *found) {
      if (!item.is_number_integer()) return Complain(key, "a list of numbers");
      list.push_back(item.get<std::int64_t>());
    }
  }
  void Read(const char* key, Condition& condition) {
    const Json* found = Find(key);
    if (found == nullptr) return;
    if (!found->is_object()) return Complain(key, "an object with only and except");
    Reader inner(*found);
    inner.Read("only", condition.only);
    inner.Read("except", condition.except);
    inner.End();
    if (error_.empty() && !inner.error_.empty()) error_ = std::string(key) + "." + inner.error_;
  }
  void End() {
    for (auto item = object_.begin(); item != object_.end(); ++item) {
      const std::string& key = item.key();
      if (!error_.empty() || std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
      error_ = fmt::format("{} is not known; known are {}", key.substr(0, kShownKey), fmt::join(asked_, ", "));
    }
  }

 private:
  const Json* Find(const char* key) {
    asked_.emplace_back(key);
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  void Complain(const char* key, std::string_view wanted) {
    if (error_.empty()) error_ = fmt::format("{} must be {}", key, wanted);
  }
  static constexpr std::size_t kShownKey = 64;  // bytes
  const Json& object_;
  std::vector<std::string> asked_;
  std::string error_;
};

std::string ReadFilter(const Json& object, RecordFilter& filter) {
  Reader reader(object);
  reader.Read("process", filter.process);
  reader.Read("operation", filter.operation);
  reader.Read("target", filter.target);
  reader.Read("tag", filter.tag);
  reader.Read("pids", filter.pids);
  reader.Read("except_pids", filter.except_pids);
  reader.Read("allows", filter.allows);
  reader.Read("untrusted", filter.untrusted);
  reader.End();
  return reader.error();
}

Json ToJson(const Condition& condition) {
  const auto list = [](const std::vector<std::string>& texts) {
    Json array = Json::array();
    for (const std::string& text : texts) array.push_back(base::ToValidUtf8(text));
    return array;
  };
  return Json{{"only", list(condition.only)}, {"except", list(condition.except)}};
}

Json ToJson(const RecordFilter& filter) {
  return Json{{"process", ToJson(filter.process)},   {"operation", ToJson(filter.operation)},
              {"target", ToJson(filter.target)},     {"tag", ToJson(filter.tag)},
              {"pids", filter.pids},                 {"except_pids", filter.except_pids},
              {"allows", filter.allows},             {"untrusted", filter.untrusted}};
}

std::int64_t IntegerOr(const Json& object, const char* key, std::int64_t otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

std::string TextOr(const Json& object, const char* key, std::string_view otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string(otherwise);
}

std::optional<std::int64_t> IdOf(const Json& object) {
  const auto found = object.find("id");
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace

std::string_view Name(Method method) {
  switch (method) {
    case Method::kHello: return "hello";
    case Method::kStatus: return "status";
    case Method::kWatch: return "watch";
    case Method::kReload: return "reload";
  }
  return "";
}

std::string_view Name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kBadJson: return "bad-json";
    case ErrorCode::kBadRequest: return "bad-request";
    case ErrorCode::kUnknownMethod: return "unknown-method";
    case ErrorCode::kUnsupportedVersion: return "unsupported-version";
    case ErrorCode::kTooLong: return "too-long";
    case ErrorCode::kBusy: return "busy";
    case ErrorCode::kFailed: return "failed";
  }
  return "";
}

std::expected<Request, RequestError> ParseRequest(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) {
    return std::unexpected(RequestError{{}, ErrorCode::kBadJson, "a request is one JSON object on one line"});
  }
  const std::optional<std::int64_t> id = IdOf(object);
  const auto fail = [&](ErrorCode code, std::string message) {
    return std::unexpected(RequestError{id, code, std::move(message)});
  };
  const std::int64_t version = IntegerOr(object, "v", -1);
  if (version == -1) return fail(ErrorCode::kBadRequest, "a request has \"v\", the version of the protocol");
  if (version != kVersion) {
    return fail(ErrorCode::kUnsupportedVersion, fmt::format("this daemon speaks version {} of the protocol", kVersion));
  }
  const std::string name = TextOr(object, "method", "");
  const std::optional<Method> method = FromName(kMethods, name);
  if (!method) {
    return fail(ErrorCode::kUnknownMethod,
                fmt::format("unknown method '{}'; known are hello, status, watch, reload", name.substr(0, 64)));
  }
  Request request{.id = id, .method = *method, .filter = {}};
  const auto filter = object.find("filter");
  if (filter != object.end() && !filter->is_null()) {
    if (!filter->is_object()) return fail(ErrorCode::kBadRequest, "filter must be an object");
    if (std::string error = ReadFilter(*filter, request.filter); !error.empty()) {
      return fail(ErrorCode::kBadRequest, "filter." + error);
    }
  }
  return request;
}

std::string Write(const Request& request) {
  Json object = Envelope();
  object["id"] = IdOrNull(request.id);
  object["method"] = Name(request.method);
  if (request.method == Method::kWatch) object["filter"] = ToJson(request.filter);
  return Line(object);
}

std::string Write(const RequestError& error) {
  Json object = Envelope();
  object["id"] = IdOrNull(error.id);
  object["error"] = {{"code", Name(error.code)}, {"message", error.message}};
  return Line(object);
}

std::string WriteResult(std::optional<std::int64_t> id, std::string_view result) {
  return fmt::format("{{\"v\":{},\"id\":{},\"result\":{}}}\n", kVersion, id ? std::to_string(*id) : "null", result);
}

std::string Write(const GapEvent& gap) {
  Json object = Envelope();
  object["event"] = "gap";
  object["from"] = FormatTime(gap.from_ns);
  object["to"] = FormatTime(gap.to_ns);
  object["from_ns"] = gap.from_ns;
  object["to_ns"] = gap.to_ns;
  object["reason"] = gap.reason;
  object["repair"] = gap.repair;
  object["lost_lines"] = gap.lost_lines;
  return Line(object);
}

std::string Write(const StateEvent& state) {
  Json object = Envelope();
  object["event"] = "state";
  object["state"] = state.state;
  object["reason"] = state.reason;
  return Line(object);
}

std::string Write(const LostEvent& lost) {
  Json object = Envelope();
  object["event"] = "lost";
  object["records"] = lost.records;
  return Line(object);
}

base::Result<ServerMessage> ParseServerMessage(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) return base::Fail("the daemon sent something that is not JSON; is it really sbtuned?");
  if (IntegerOr(object, "v", -1) != kVersion) {
    return base::Fail("the daemon speaks another version of the protocol; run `sbtune daemon restart` after an update");
  }
  const std::string event = TextOr(object, "event", "");
  if (event == "record") {
    base::Result<LiveRecord> record = ParseRecord(line);
    if (!record) return std::unexpected(record.error());
    return std::move(*record);
  }
  if (event == "gap") {
    return GapEvent{IntegerOr(object, "from_ns", 0), IntegerOr(object, "to_ns", 0), TextOr(object, "reason", ""),
                    TextOr(object, "repair", ""), static_cast<std::uint64_t>(IntegerOr(object, "lost_lines", 0))};
  }
  if (event == "state") return StateEvent{TextOr(object, "state", ""), TextOr(object, "reason", "")};
  if (event == "lost") return LostEvent{static_cast<std::uint64_t>(IntegerOr(object, "records", 0))};
  if (const auto error = object.find("error"); error != object.end() && error->is_object()) {
    return RequestError{IdOf(object), FromName(kCodes, TextOr(*error, "code", "")).value_or(ErrorCode::kFailed),
                        TextOr(*error, "message", "")};
  }
  if (const auto result = object.find("result"); result != object.end()) return Reply{IdOf(object), result->dump()};
  return base::Fail("the daemon sent a message that this program does not know");
}

base::Result<std::uint64_t> SeqOf(const Reply& reply) {
  const Json object = Json::parse(reply.result, nullptr, false);
  const auto seq = object.is_object() ? object.find("seq") : object.end();
  if (seq == object.end() || !seq->is_number_unsigned()) return base::Fail("sbtuned's reply to watch has no seq");
  return seq->get<std::uint64_t>();
}

}  // namespace sbtune::protocol
