// The exact and the generalised answer with their proofs, from 1,000 to 100,000 distinct denials: evidence in memory to edited text and
// certificate. The line beside it is the same denials decided once, which is the least that any answer costs. peak_MB is the
// highest that the process has had so far: for the memory of one size, a process each, --benchmark_filter=ExactAnswer/100000$.
#include <sys/resource.h>

#include <array>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "profiles/tune/generalize/suggest_general.h"
#include "profiles/tune/replay.h"
#include "profiles/tune/suggest.h"

namespace {

using namespace sbtune;

constexpr const char* kProfile = "(version 1)\n(deny default)\n(allow file-read-data\n  (literal \"/opt/old\"))\n";

class OneFile final : public sbpl::ProfileFiles {
 public:
  base::Result<std::string> Read(const std::string&) override { return std::string(kProfile); }
  bool Exists(const std::string&) override { return true; }
};

std::vector<access::DenialGroup> Denials(std::int64_t count) {
  constexpr std::array kOperations = {"file-read-data", "file-read-metadata", "file-write-create", "file-write-data",
                                      "mach-lookup", "sysctl-read"};
  std::vector<access::DenialGroup> groups;
  for (std::int64_t i = 0; i < count; ++i) {
    access::DenialGroup group;
    group.process = "tool";
    group.operation = kOperations[static_cast<std::size_t>(i) % kOperations.size()];
    group.target = group.operation.starts_with("file")
                       ? fmt::format("/Users/dev/project/{}/dir{}/file{}.txt", i % 37, i % 1009, i)
                       : fmt::format("com.example.{}", i);
    group.provenance = access::Provenance::kKernel;
    group.runs = {i % 3 == 0 ? "one" : i % 3 == 1 ? "three" : "two"};
    group.count = 1;
    groups.push_back(std::move(group));
  }
  return groups;
}

struct Question {
  explicit Question(std::int64_t count) : evidence(tune::MergeEvidence(Denials(count))) {
    load.paths = {"p.sb"};
    loaded = sbpl::LoadProfile(load, files);
  }
  OneFile files;
  sbpl::LoadOptions load;
  sbpl::LoadResult loaded;
  std::vector<tune::Evidence> evidence;
};

enum class Method { kExact, kGeneral };

void Answer(benchmark::State& state, Method method) {
  Question question(state.range(0));
  const sbpl::PolicyOptions options;
  const tune::SuggestRequest request{question.loaded.profile, question.load, options, question.evidence, {}};
  for (auto _ : state) {
    const auto answer =
        method == Method::kExact
            ? tune::Suggest(request, question.files)
            : tune::SuggestGeneral({request, {}, catalog::Places::BuiltIn(), nullptr, 1000}, question.files);
    if (!answer || !answer->certificate.holds()) state.SkipWithError("no proven answer");
    state.counters["rules"] = answer ? static_cast<double>(answer->suggestions.size()) : 0;
    benchmark::DoNotOptimize(answer);
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MB"] = static_cast<double>(usage.ru_maxrss) / 1024;
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void ExactAnswer(benchmark::State& state) { Answer(state, Method::kExact); }
void GeneralAnswer(benchmark::State& state) { Answer(state, Method::kGeneral); }

void DecidedOnce(benchmark::State& state) {
  Question question(state.range(0));
  const auto policy = sbpl::Policy::Compile(question.loaded.profile, {});
  for (auto _ : state) benchmark::DoNotOptimize(tune::Replay(question.evidence, *policy));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(DecidedOnce)->RangeMultiplier(10)->Range(1'000, 100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(ExactAnswer)->RangeMultiplier(10)->Range(1'000, 100'000)->Unit(benchmark::kMillisecond);
BENCHMARK(GeneralAnswer)->RangeMultiplier(10)->Range(1'000, 100'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
