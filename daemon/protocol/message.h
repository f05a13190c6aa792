// The messages of the control socket: one JSON object a line, each with "v":1. A client asks
//
//   {"v":1,"id":1,"method":"status"}
//   {"v":1,"id":2,"method":"watch","filter":{"process":{"only":["git"],"except":[]},…}}
//
// and is answered with {"v":1,"id":1,"result":{…}} or {"v":1,"id":1,"error":{"code":"…","message":"…"}}. After
// `watch`, events follow: "record" (record.h), "gap", "gap-settled", "state", "lost". Keys that are not known are
// passed over, so that either side may be newer. Anything else that is wrong is answered, never a crash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/result.h"
#include "daemon/protocol/filter.h"
#include "daemon/protocol/record.h"

namespace sbtune::protocol {

inline constexpr std::size_t kMaxRequest = 64u << 10;  // bytes of one line from a client

enum class Method : std::uint8_t { kHello, kStatus, kWatch, kReload };
[[nodiscard]] std::string_view Name(Method method);

struct Request {
  std::optional<std::int64_t> id;
  Method method = Method::kHello;
  RecordFilter filter;  // of watch
  bool operator==(const Request&) const = default;
};

enum class ErrorCode : std::uint8_t {
  kBadJson,
  kBadRequest,
  kUnknownMethod,
  kUnsupportedVersion,
  kTooLong,
  kBusy,
  kFailed,
};
[[nodiscard]] std::string_view Name(ErrorCode code);  // "bad-json", …

struct RequestError {
  std::optional<std::int64_t> id;
  ErrorCode code = ErrorCode::kBadJson;
  std::string message;
  bool operator==(const RequestError&) const = default;
};

[[nodiscard]] std::expected<Request, RequestError> ParseRequest(std::string_view line);
[[nodiscard]] std::string Write(const Request& request);  // with newline, as everything below
[[nodiscard]] std::string Write(const RequestError& error);
// `result` is JSON.
[[nodiscard]] std::string WriteResult(std::optional<std::int64_t> id, std::string_view result);

// What a client receives.
struct Reply {
  std::optional<std::int64_t> id;
  std::string result;  // JSON
};
struct GapEvent {
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  std::string reason;  // words of daemon/live/event.h
  std::string repair;
  std::uint64_t lost_lines = 0;
  bool operator==(const GapEvent&) const = default;
};
struct StateEvent {
  std::string state;  // "live", "degraded", "unavailable", "stopping"
  std::string reason;
  bool operator==(const StateEvent&) const = default;
};
// The client was too slow, or the daemon was: so many records were not sent. The connection ends after it.
struct LostEvent {
  std::uint64_t records = 0;
  bool operator==(const LostEvent&) const = default;
};
using ServerMessage = std::variant<Reply, RequestError, LiveRecord, GapEvent, StateEvent, LostEvent>;

[[nodiscard]] std::string Write(const GapEvent& gap);
[[nodiscard]] std::string Write(const StateEvent& state);
[[nodiscard]] std::string Write(const LostEvent& lost);
[[nodiscard]] base::Result<ServerMessage> ParseServerMessage(std::string_view line);

// Of the reply to `watch`: everything up to this record is stored, everything after it will be sent.
[[nodiscard]] base::Result<std::uint64_t> SeqOf(const Reply& reply);

}  // namespace sbtune::protocol
