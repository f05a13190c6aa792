// How fast logs are parsed on one core, beside what the machine can do with the same bytes: a scan for
// newlines, and a pass of simdjson that reads one member of each object.
//
//   cmake --build build/release --target bench_parse && build/release/bin/bench_parse
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include <simdjson.h>

#include "daemon/ingest/chunk.h"
#include "tests/support/log_generator.h"

namespace sbtune {
namespace {

constexpr int kRecords = 100'000;

enum class Style { kCompact, kNdjson, kNoise };

const std::string& Log(Style style) {
  const auto make = [](Style of) {
    test::LogGenerator generator(42);
    std::string text;
    for (int i = 0; i < kRecords; ++i) {
      switch (of) {
        case Style::kCompact:
          generator.AppendCompact(text);
          break;
        case Style::kNdjson:
          generator.AppendNdjson(text);
          break;
        case Style::kNoise:
          generator.AppendNoise(text);
          break;
      }
    }
    text.reserve(text.size() + 64);
    return text;
  };
  static const std::string compact = make(Style::kCompact), ndjson = make(Style::kNdjson),
                           noise = make(Style::kNoise);
  return style == Style::kCompact ? compact : style == Style::kNdjson ? ndjson : noise;
}

void Count(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(text.size()));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kRecords);
}

void NewlineScan(benchmark::State& state, Style style) {
  const std::string& text = Log(style);
  for (auto _ : state) {
    std::size_t lines = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
      at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at))) + 1;
      ++lines;
    }
    benchmark::DoNotOptimize(lines);
  }
  Count(state, text);
}

void SimdjsonPass(benchmark::State& state) {
  const std::string& text = Log(Style::kNdjson);
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    std::size_t bytes = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      simdjson::ondemand::document document;
      std::string_view message;
      if (parser.iterate(text.data() + at, end - at, text.capacity() - at).get(document) ==
              simdjson::SUCCESS &&
          document["eventMessage"].get_string().get(message) == simdjson::SUCCESS) {
        bytes += message.size();
      }
      at = end + 1;
    }
    benchmark::DoNotOptimize(bytes);
  }
  Count(state, text);
}

class Counting final : public ingest::RecordSink {
 public:
  void OnRecord(const access::RecordView& record) override { sum += record.identity_low + record.line; }
  std::uint64_t sum = 0;
};

void Parse(benchmark::State& state, Style style) {
  ingest::Chunk chunk;
  chunk.bytes = Log(style);
  ingest::ChunkParser parser;
  for (auto _ : state) {
    Counting sink;
    benchmark::DoNotOptimize(parser.Parse(chunk, sink));
    benchmark::DoNotOptimize(sink.sum);
  }
  Count(state, Log(style));
}

void ReadAndParse(benchmark::State& state, Style style) {
  for (auto _ : state) {
    ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(Log(style));
    ingest::ChunkParser parser;
    ingest::Chunk chunk;
    Counting sink;
    while (*reader.Next(chunk)) benchmark::DoNotOptimize(parser.Parse(chunk, sink));
  }
  Count(state, Log(style));
}

BENCHMARK_CAPTURE(NewlineScan, compact, Style::kCompact)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Parse, compact, Style::kCompact)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ReadAndParse, compact, Style::kCompact)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(NewlineScan, noise, Style::kNoise)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Parse, noise, Style::kNoise)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(NewlineScan, ndjson, Style::kNdjson)->Unit(benchmark::kMillisecond);
BENCHMARK(SimdjsonPass)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Parse, ndjson, Style::kNdjson)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ReadAndParse, ndjson, Style::kNdjson)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sbtune

BENCHMARK_MAIN();
