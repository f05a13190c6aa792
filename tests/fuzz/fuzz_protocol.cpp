// Any bytes through both ends of the control socket. As requests: cut anywhere, each whole line is handed over once
// and answered with one line of JSON; what is understood survives being written and read again. As a daemon's
// messages: understood or refused, and what is understood survives too.
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/base/result.h"
#include "daemon/protocol/message.h"
#include "daemon/service/client.h"

namespace {

using namespace sbtune;

std::string AnswerTo(std::string_view line) {
  const auto request = protocol::ParseRequest(line);
  if (!request) return protocol::Write(request.error());
  protocol::LiveRecord record;
  record.target = std::string(line.substr(0, 100));
  (void)request->filter.Matches(record);
  const auto again = protocol::ParseRequest(protocol::Write(*request));
  SBTUNE_ASSERT(again.has_value() && again->id == request->id && again->method == request->method);
  if (request->method == protocol::Method::kWatch) SBTUNE_ASSERT(again->filter == request->filter);
  return protocol::WriteResult(request->id, "{}");
}

void CheckAnswer(const std::string& answer) {
  SBTUNE_ASSERT(answer.ends_with('\n') && answer.find('\n') == answer.size() - 1);
  SBTUNE_ASSERT(nlohmann::json::accept(answer));
  SBTUNE_ASSERT(protocol::ParseServerMessage(answer.substr(0, answer.size() - 1)).has_value());
}

// The same bytes in pieces that `piece` chooses; the lines that came out.
std::vector<std::string> Serve(std::string_view bytes, std::size_t piece) {
  int ends[2];
  SBTUNE_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const base::Descriptor theirs(ends[0]);
  base::Descriptor ours(ends[1]);
  SBTUNE_ASSERT(base::SetNonBlocking(ours.get()) && base::SetNonBlocking(theirs.get()));
  service::Client client(std::move(ours), {}, 0);
  std::vector<std::string> lines;
  while (!bytes.empty() && !client.closed()) {
    const std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    SBTUNE_ASSERT(base::WriteAvailable(theirs.get(), part) == part.size());
    client.Read(0, [&](std::string_view line) {
      lines.emplace_back(line);
      client.Send(AnswerTo(line), 0);
    });
    std::string heard;
    base::ReadAvailable(theirs.get(), heard, 4096);
  }
  return lines;
}

void ReadAsMessage(std::string_view line) {
  const auto message = protocol::ParseServerMessage(line);
  if (!message) return;
  const auto same = [](const std::string& written, const auto& value) {
    const auto again = protocol::ParseServerMessage(written.substr(0, written.find('\n')));
    SBTUNE_ASSERT(again.has_value());
    const auto* read = std::get_if<std::decay_t<decltype(value)>>(&*again);
    SBTUNE_ASSERT(read != nullptr && *read == value);
  };
  if (const auto* gap = std::get_if<protocol::GapEvent>(&*message)) {
    // Beyond the years that a time can be written in, only the numbers count.
    if (gap->from_ns >= 0 && gap->to_ns >= 0) same(protocol::Write(*gap), *gap);
  }
  if (const auto* state = std::get_if<protocol::StateEvent>(&*message)) same(protocol::Write(*state), *state);
  if (const auto* lost = std::get_if<protocol::LostEvent>(&*message)) {
    if (lost->records <= INT64_MAX) same(protocol::Write(*lost), *lost);
  }
  if (const auto* reply = std::get_if<protocol::Reply>(&*message)) (void)protocol::SeqOf(*reply);
  if (const auto* record = std::get_if<protocol::LiveRecord>(&*message)) {
    std::string written;
    protocol::AppendJson(written, *record);
    SBTUNE_ASSERT(nlohmann::json::accept(written));
    SBTUNE_ASSERT(protocol::ParseServerMessage(written).has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> lines;
  for (std::size_t at = 0, end = 0; (end = bytes.find('\n', at)) != std::string_view::npos; at = end + 1) {
    lines.emplace_back(bytes.substr(at, end - at));
  }
  for (const std::string& line : lines) {
    CheckAnswer(AnswerTo(line));
    ReadAsMessage(line);
  }
  ReadAsMessage(bytes);
  const bool too_long = bytes.size() > protocol::kMaxRequest;
  for (const std::size_t piece : {size + 1, size / 2 + 1, std::size_t{7}}) {
    if (piece < 100 && size > 200) continue;  // a write for a few bytes is dear
    const std::vector<std::string> served = Serve(bytes.substr(0, std::min<std::size_t>(size, 1u << 15)), piece);
    if (!too_long && size <= (1u << 15)) SBTUNE_ASSERT(served.size() <= lines.size());
    SBTUNE_ASSERT(std::equal(served.begin(), served.end(), lines.begin()));
  }
  return 0;
}
