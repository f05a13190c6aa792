#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <random>

#include "daemon/protocol/message.h"

using namespace sbtune;
using namespace sbtune::protocol;

namespace {

LiveRecord Sample() {
  return {.seq = 17,
          .kind = access::RecordKind::kDenial,
          .action = access::Action::kDeny,
          .provenance = access::Provenance::kKernel,
          .ambiguous = false,
          .platform_policy = false,
          .duplicates = 0,
          .pid = 41,
          .time_ns = 1773331200000137000,
          .process = "cat",
          .operation = "file-read-data",
          .target = "/etc/hosts",
          .tag = std::nullopt};
}

std::string JsonOf(const LiveRecord& record) {
  std::string json;
  AppendJson(json, record);
  return json;
}

}  // namespace

TEST_CASE("a record is one line of JSON with fixed keys") {
  CHECK(JsonOf(Sample()) ==
        R"({"v":1,"event":"record","seq":17,"kind":"denial","process":"cat","pid":41,"operation":"file-read-data","target":"/etc/hosts","duplicates":null,"platform_policy":false,"tag":null,"provenance":"kernel","ambiguous":false,"time":"2026-03-12T16:00:00.000137Z","action":"deny"})");
}

TEST_CASE("any record comes back from its JSON as it was, and the JSON is valid whatever the bytes") {
  std::mt19937 random(11);
  const auto bytes = [&]() -> std::optional<std::string> {
    if (random() % 5 == 0) return std::nullopt;
    std::string text;
    for (std::size_t i = random() % 12; i > 0; --i) text += static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26);
    return text;
  };
  for (int round = 0; round < 3000; ++round) {
    LiveRecord record = Sample();
    record.seq = random();
    record.kind = static_cast<access::RecordKind>(random() % 5);
    record.provenance = static_cast<access::Provenance>(random() % 4);
    record.action = static_cast<access::Action>(random() % 2);
    record.ambiguous = random() % 2 == 0;
    record.platform_policy = random() % 2 == 0;
    record.duplicates = record.kind == access::RecordKind::kDuplicate ? random() : 0;
    if (random() % 4 == 0) record.pid = std::nullopt;
    record.time_ns = random() % 4 == 0 ? std::nullopt : std::optional<std::int64_t>(static_cast<std::int64_t>(random()) * 999'999'937);
    record.process = bytes();
    record.operation = bytes();
    record.target = bytes();
    record.tag = bytes();
    const std::string json = JsonOf(record);
    CAPTURE(json);
    REQUIRE(nlohmann::json::accept(json));
    CHECK(json.find('\n') == std::string::npos);
    const auto back = ParseRecord(json);
    REQUIRE(back.has_value());
    CHECK(*back == record);
  }
}

TEST_CASE("a filter takes what matches and leaves what is excluded") {
  LiveRecord no_target = Sample();
  no_target.target = std::nullopt;
  LiveRecord allow = Sample();
  allow.action = access::Action::kAllow;
  LiveRecord forged = Sample();
  forged.provenance = access::Provenance::kUntrusted;

  CHECK(RecordFilter{}.Matches(Sample()));
  CHECK_FALSE(RecordFilter{}.Matches(allow));
  CHECK(RecordFilter{.process = {}, .operation = {}, .target = {}, .tag = {}, .pids = {}, .except_pids = {}, .allows = true}.Matches(allow));
  CHECK(RecordFilter{}.Matches(forged));

  RecordFilter filter;
  filter.untrusted = false;
  CHECK_FALSE(filter.Matches(forged));
  filter = {};
  filter.process.only = {"git", "c*"};
  CHECK(filter.Matches(Sample()));
  filter.process.except = {"cat"};
  CHECK_FALSE(filter.Matches(Sample()));
  filter = {};
  filter.target.only = {"/etc/*"};
  CHECK(filter.Matches(Sample()));
  CHECK_FALSE(filter.Matches(no_target));
  filter.target = {.only = {}, .except = {"/etc/*"}};
  CHECK_FALSE(filter.Matches(Sample()));
  CHECK(filter.Matches(no_target));
  filter = {};
  filter.pids = {40, 41};
  CHECK(filter.Matches(Sample()));
  filter.except_pids = {41};
  CHECK_FALSE(filter.Matches(Sample()));
}

TEST_CASE("requests are read back as they were written") {
  Request request{.id = 7, .method = Method::kWatch, .filter = {}};
  request.filter.process = {.only = {"git"}, .except = {"imagent", "bluetoothd"}};
  request.filter.pids = {1, 2};
  request.filter.allows = true;
  const auto back = ParseRequest(Write(request));
  REQUIRE(back.has_value());
  CHECK(*back == request);
  for (const Method method : {Method::kHello, Method::kStatus, Method::kReload}) {
    const auto other = ParseRequest(Write(Request{.id = std::nullopt, .method = method, .filter = {}}));
    REQUIRE(other.has_value());
    CHECK(other->method == method);
  }
}

TEST_CASE("what is wrong with a request is answered in a sentence") {
  struct Row {
    std::string_view line;
    RequestError error;
  };
  for (const Row& row : {
           Row{"", {{}, ErrorCode::kBadJson, "a request is one JSON object on one line"}},
           Row{"[1]", {{}, ErrorCode::kBadJson, "a request is one JSON object on one line"}},
           Row{"{\"v\":1", {{}, ErrorCode::kBadJson, "a request is one JSON object on one line"}},
           Row{R"({"id":3,"method":"status"})", {3, ErrorCode::kBadRequest, "a request has \"v\", the version of the protocol"}},
           Row{R"({"v":2,"id":3,"method":"status"})",
               {3, ErrorCode::kUnsupportedVersion, "this daemon speaks version 1 of the protocol"}},
           Row{R"({"v":1,"id":"x","method":"dance"})",
               {{}, ErrorCode::kUnknownMethod, "unknown method 'dance'; known are hello, status, watch, reload"}},
           Row{R"({"v":1,"id":4,"method":"watch","filter":[]})", {4, ErrorCode::kBadRequest, "filter must be an object"}},
           Row{R"({"v":1,"id":4,"method":"watch","filter":{"process":{"only":"git"}}})",
               {4, ErrorCode::kBadRequest, "filter.process.only must be a list of texts"}},
           Row{R"({"v":1,"id":4,"method":"watch","filter":{"proces":{"only":["git"]}}})",
               {4, ErrorCode::kBadRequest, "filter.proces is not known; known are process, operation, target, tag, pids, "
                                           "except_pids, allows, untrusted"}},
           Row{R"({"v":1,"id":4,"method":"watch","filter":{"process":{"onyl":["git"]}}})",
               {4, ErrorCode::kBadRequest, "filter.process.onyl is not known; known are only, except"}},
           Row{R"({"v":1,"id":4,"method":"watch","filter":{"pids":["1"]}})",
               {4, ErrorCode::kBadRequest, "filter.pids must be a list of numbers"}},
           Row{R"({"v":1,"id":4,"method":"watch","filter":{"allows":1}})",
               {4, ErrorCode::kBadRequest, "filter.allows must be true or false"}},
       }) {
    CAPTURE(row.line);
    const auto request = ParseRequest(row.line);
    REQUIRE_FALSE(request.has_value());
    CHECK(request.error().message == row.error.message);
    CHECK(request.error() == row.error);
  }
}

TEST_CASE("requests nested deeply or made of noise are refused, not a crash") {
  CHECK_FALSE(ParseRequest(std::string(60'000, '[')).has_value());
  CHECK_FALSE(ParseRequest("{\"v\":" + std::string(60'000, '[')).has_value());
  const std::string deep = R"({"v":1,"method":"status","x":)" + std::string(20'000, '[') + std::string(20'000, ']') + "}";
  CHECK(ParseRequest(deep).has_value());
  std::mt19937 random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string noise = R"({"v":1,"id":1,"method":"watch","filter":{"process":{"only":["a"]}}})";
    for (int i = 0; i < 4; ++i) noise[random() % noise.size()] = static_cast<char>(random());
    const auto request = ParseRequest(noise);
    if (!request) CHECK_FALSE(request.error().message.empty());
  }
}

TEST_CASE("everything a server says is understood by a client") {
  const auto parse = [](const std::string& line) {
    CHECK(line.back() == '\n');
    auto message = ParseServerMessage(line);
    REQUIRE_MESSAGE(message.has_value(), line);
    return *message;
  };
  const GapEvent gap{1'000'000'000, 2'500'000'000, "drop-marker", "pending", 4};
  CHECK(std::get<GapEvent>(parse(Write(gap))) == gap);
  CHECK(Write(gap) ==
        R"({"v":1,"event":"gap","from":"1970-01-01T00:00:01Z","to":"1970-01-01T00:00:02.500Z","from_ns":1000000000,"to_ns":2500000000,"reason":"drop-marker","repair":"pending","lost_lines":4})"
        "\n");
  const StateEvent state{"degraded", "why"};
  CHECK(std::get<StateEvent>(parse(Write(state))) == state);
  CHECK(std::get<LostEvent>(parse(Write(LostEvent{9}))) == LostEvent{9});
  const RequestError error{5, ErrorCode::kBusy, "later"};
  CHECK(std::get<RequestError>(parse(Write(error))) == error);
  CHECK(std::get<Reply>(parse(WriteResult(8, R"({"seq":1})"))).result == R"({"seq":1})");
  CHECK(std::get<LiveRecord>(parse(JsonOf(Sample()) + "\n")) == Sample());
  CHECK_FALSE(ParseServerMessage("hello").has_value());
  CHECK_FALSE(ParseServerMessage(R"({"v":2,"event":"lost"})").has_value());
}
