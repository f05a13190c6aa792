// How fast accesses are decided on one core: on Apple's application.sb with every parameter (where the corpus
// is), and on generated profiles from 10 to 10,000 rules, by the index and by trying the rules one by one.
//
//   cmake --build build/release --target bench_decide && build/release/bin/bench_decide
#include <benchmark/benchmark.h>

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <random>

#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "profiles/sbpl/policy.h"
#include "tests/support/make_rules.h"

namespace sbtune {
namespace {

using sbpl::Engine;
using sbpl::Policy;
using sbpl::Query;

struct Asked {
  std::string operation;
  std::string target;
};

// What a program under a sandbox asks for, by a fixed seed: mostly files, many of them missing every rule.
std::vector<Asked> Traffic(const std::vector<std::string>& paths, const std::vector<std::string>& services) {
  std::mt19937 random(1);
  static const std::vector<std::string> kFileOperations = {"file-read-data",    "file-read-metadata",
                                                           "file-read-data",    "file-write-data",
                                                           "file-write-create", "file-read-xattr"};
  std::vector<Asked> asked;
  for (int i = 0; i < 20'000; ++i) {
    switch (random() % 10) {
      case 0:
      case 1:
        asked.push_back({"mach-lookup", services[random() % services.size()]});
        break;
      case 2:
        asked.push_back({"network-outbound", "remote:*:443"});
        break;
      default:
        asked.push_back({kFileOperations[random() % kFileOperations.size()], paths[random() % paths.size()]});
    }
  }
  return asked;
}

void Report(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations());
  state.counters["ns/decision"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void DecideAll(benchmark::State& state, const Policy& policy, const std::vector<Asked>& traffic) {
  std::vector<Query> queries;
  for (const Asked& one : traffic) queries.push_back(sbpl::QueryFromAccess(one.operation, one.target));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(policy.Decide(queries[next]));
    if (++next == queries.size()) next = 0;
  }
  Report(state);
}

void ReadAndDecideAll(benchmark::State& state, const Policy& policy, const std::vector<Asked>& traffic) {
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        policy.Decide(sbpl::QueryFromAccess(traffic[next].operation, traffic[next].target)));
    if (++next == traffic.size()) next = 0;
  }
  Report(state);
}

// ---- application.sb

std::optional<std::string> Shared(const std::string& relative) {
  const std::string path = std::string(SBTUNE_SHARED_DATA) + "/" + relative;
  return std::filesystem::exists(path) ? std::optional(path) : std::nullopt;
}

std::string ReadGzip(const std::string& path) {
  std::FILE* pipe = ::popen(("gzip -dc -- '" + path + "'").c_str(), "r");
  std::string bytes;
  std::array<char, 1 << 16> block;
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
    bytes.append(block.data(), got);
  ::pclose(pipe);
  return bytes;
}

struct Application {
  sbpl::LoadResult loaded;
  sbpl::LoadOptions options;
  std::vector<Asked> traffic;
};

const Application* LoadApplication() {
  static const std::unique_ptr<Application> application = []() -> std::unique_ptr<Application> {
    const auto folder = Shared("corpus/profiles/apple-10.15.2");
    const auto params = Shared("corpus/rules-10.15.2/params.json");
    const auto universe = Shared("traces/universe.txt.gz");
    if (!folder || !params || !universe) return nullptr;
    auto made = std::make_unique<Application>();
    const nlohmann::json given = nlohmann::json::parse(base::ReadFile(*params).value());
    for (const auto& [name, value] : given.items()) {
      if (value.is_string()) made->options.parameters[name] = value.get<std::string>();
    }
    made->options.paths = {*folder + "/Profiles/application.sb"};
    made->options.import_dirs = {*folder + "/Profiles", *folder + "/share"};
    made->options.macos = "10.15";
    sbpl::DiskFiles files;
    made->loaded = sbpl::LoadProfile(made->options, files);
    if (!made->loaded.ok()) return nullptr;
    std::vector<std::string> paths;
    const std::string text = ReadGzip(*universe);
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      paths.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    std::vector<std::string> services;
    for (const sbpl::Rule& rule : made->loaded.profile.rules) {
      for (const sbpl::Filter& filter : rule.filters) {
        if (filter.name != "global-name") continue;
        services.push_back(std::get<std::string>(filter.arguments.front().value));
        services.push_back(services.back() + ".other");
      }
    }
    made->traffic = Traffic(paths, services);
    return made;
  }();
  return application.get();
}

template <void (*Measure)(benchmark::State&, const Policy&, const std::vector<Asked>&), Engine engine>
void BM_Application(benchmark::State& state) {
  const Application* application = LoadApplication();
  if (application == nullptr) return state.SkipWithError("no corpus");
  const auto policy = Policy::Compile(application->loaded.profile, {.engine = engine});
  state.counters["rules"] = static_cast<double>(application->loaded.profile.rules.size());
  Measure(state, *policy, application->traffic);
}
BENCHMARK(BM_Application<DecideAll, Engine::kIndexed>)->Name("application.sb/decide");
BENCHMARK(BM_Application<ReadAndDecideAll, Engine::kIndexed>)->Name("application.sb/read target, decide");
BENCHMARK(BM_Application<DecideAll, Engine::kOneByOne>)->Name("application.sb/one by one");

void BM_LoadApplication(benchmark::State& state) {
  const Application* application = LoadApplication();
  if (application == nullptr) return state.SkipWithError("no corpus");
  for (auto _ : state) {
    sbpl::DiskFiles files;
    const sbpl::LoadResult loaded = sbpl::LoadProfile(application->options, files);
    benchmark::DoNotOptimize(loaded);
  }
}
BENCHMARK(BM_LoadApplication)->Name("application.sb/load")->Unit(benchmark::kMillisecond);

void BM_CompileApplication(benchmark::State& state) {
  const Application* application = LoadApplication();
  if (application == nullptr) return state.SkipWithError("no corpus");
  for (auto _ : state) benchmark::DoNotOptimize(Policy::Compile(application->loaded.profile, {}));
}
BENCHMARK(BM_CompileApplication)->Name("application.sb/compile")->Unit(benchmark::kMillisecond);

// ---- generated profiles

struct Generated {
  sbpl::Profile profile;
  std::vector<Asked> traffic;
};

// Rules as people write them: 45 % literals, 30 % subpaths, 5 % prefixes, 10 % regexes, 10 % services.
const Generated& Generate(std::size_t count) {
  static std::map<std::size_t, Generated> made;
  auto [entry, is_new] = made.try_emplace(count);
  if (!is_new) return entry->second;
  std::mt19937 random(7);
  const auto path = [&](std::size_t depth) {
    static const char* const kParts[] = {"Library", "Caches",       "src",        "lib",        "bin",
                                         "share",   "node_modules", "Frameworks", "Contents",   "Preferences",
                                         "tmp",     "build",        "include",    "python3.11", "pkg"};
    std::string text = random() % 2 == 0 ? "/Users/me" : "/opt/tool";
    for (std::size_t i = 0; i < depth; ++i) {
      text += "/";
      text += kParts[random() % std::size(kParts)];
      if (random() % 3 == 0) text += std::to_string(random() % 1000);
    }
    return text;
  };
  std::vector<sbpl::Rule> rules = {test::Deny({"default"})};
  std::vector<std::string> paths, services = {"com.example.other"};
  while (rules.size() < count) {
    const std::size_t kind = random() % 100;
    const std::string one = path(2 + random() % 5);
    paths.push_back(random() % 2 == 0 ? one : one + "/" + path(1).substr(1));
    const std::vector<std::string> operations = {random() % 3 == 0 ? "file-write*" : "file-read*"};
    const access::Action action = random() % 5 == 0 ? access::Action::kDeny : access::Action::kAllow;
    if (kind < 45)
      rules.push_back(test::Make(action, operations, {test::Literal(one)}));
    else if (kind < 75)
      rules.push_back(test::Make(action, operations, {test::Subpath(one)}));
    else if (kind < 80)
      rules.push_back(test::Make(action, operations, {test::Prefix(one)}));
    else if (kind < 88)
      rules.push_back(test::Make(action, operations, {test::RegexFilter("^" + one + "/[^/]+\\.txt$")}));
    else if (kind < 90)
      rules.push_back(test::Make(action, operations,
                                 {test::RegexFilter("/\\.x" + std::to_string(random() % 1000) + "(/|$)")}));
    else {
      services.push_back("com.example.s" + std::to_string(random() % 100000));
      rules.push_back(test::Make(action, {"mach-lookup"}, {test::GlobalName(services.back())}));
    }
  }
  entry->second.profile = test::MakeProfile(std::move(rules));
  entry->second.traffic = Traffic(paths, services);
  return entry->second;
}

template <Engine engine>
void BM_Generated(benchmark::State& state) {
  const Generated& generated = Generate(static_cast<std::size_t>(state.range(0)));
  const auto policy = Policy::Compile(generated.profile, {.engine = engine});
  DecideAll(state, *policy, generated.traffic);
}
BENCHMARK(BM_Generated<Engine::kIndexed>)->Name("generated/index")->RangeMultiplier(10)->Range(10, 10'000);
BENCHMARK(BM_Generated<Engine::kOneByOne>)
    ->Name("generated/one by one")
    ->RangeMultiplier(10)
    ->Range(10, 10'000);

}  // namespace
}  // namespace sbtune

BENCHMARK_MAIN();
