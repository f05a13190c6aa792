#include "cli/generalize_options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/base/file.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kMaxTreeFile = std::size_t{1} << 30;
constexpr std::size_t kMaxTreePaths = 5'000'000;

// Every path at and below the folder; links are not followed, what may not be read is passed over.
base::Result<std::string> WalkFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path start = fs::canonical(folder, failed);
  if (failed) return base::Fail(fmt::format("cannot walk {}: {}", folder, failed.message()));
  std::string paths = start.string() + "\n";
  std::size_t count = 0;
  fs::recursive_directory_iterator at(start, fs::directory_options::skip_permission_denied, failed);
  for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    if (++count > kMaxTreePaths) {
      return base::Fail(fmt::format("{} holds more than {} paths; name a smaller folder or a file of paths", folder,
                                    kMaxTreePaths));
    }
    const std::string path = at->path().string();
    if (path.find('\n') == std::string::npos) paths += path + "\n";
  }
  return paths;
}

base::Result<std::optional<tune::ReferenceTree>> LoadTree(const std::string& name) {
  if (name.empty()) return std::nullopt;
  std::error_code failed;
  const bool folder = name != "-" && std::filesystem::is_directory(name, failed);
  const auto text = folder ? WalkFolder(name) : base::ReadFile(name, kMaxTreeFile);
  if (!text) return std::unexpected(text.error().Within("--tree"));
  if (text->starts_with("\x1f\x8b")) {
    return base::Fail(fmt::format("--tree: {} is compressed; use gzip -dc {} | sbtune suggest ... --tree -", name, name));
  }
  tune::ReferenceTree tree = tune::ReferenceTree::FromPaths(*text);
  if (tree.size() <= 1) {
    return base::Fail(fmt::format("--tree: {} names no path; it has to hold one absolute path a line", name));
  }
  return tree;
}

base::Result<catalog::Places> LoadPlaces(const std::vector<std::string>& files) {
  std::vector<catalog::Places::Text> texts = {{"places.txt", std::string(catalog::Places::BuiltInText())}};
  for (const std::string& file : files) {
    auto text = base::ReadFile(file);
    if (!text) return std::unexpected(text.error().Within("--places"));
    texts.push_back({file, std::move(*text)});
  }
  auto places = catalog::Places::Parse(texts);
  if (!places) return std::unexpected(places.error().Within("--places"));
  return places;
}

struct RunParameter {
  std::string run;
  std::string name;
  std::string value;
};

// "RUN:NAME=VALUE"; a run may hold colons, a parameter's name does not.
std::optional<RunParameter> SplitRunParameter(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = equals == std::string::npos ? equals : text.rfind(':', equals);
  if (colon == std::string::npos || colon == 0 || colon + 1 == equals) return std::nullopt;
  return RunParameter{text.substr(0, colon), text.substr(colon + 1, equals - colon - 1), text.substr(equals + 1)};
}

std::string CheckRunParameter(const std::string& text) {
  return SplitRunParameter(text) ? "" : fmt::format("needs RUN:NAME=VALUE, not \"{}\"", text);
}

std::string CheckBudget(const std::string& text) {
  double paths = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), paths);
  const bool good = error == std::errc() && end == text.data() + text.size() && std::isfinite(paths) && paths >= 0;
  return good ? "" : fmt::format("needs a number of paths, not \"{}\"", text);
}

}  // namespace

void AddGeneralizeOptions(CLI::App& command, GeneralizeOptions& options) {
  command.add_flag("--generalize", options.generalize, "Fewer, wider rules that let the next run through as well; see below");
  command.add_option("--budget", options.budget, "For wider rules: paths of the tree that may be opened for reading (1000)")
      ->type_name("PATHS")
      ->check(CLI::Validator(CheckBudget, ""));
  command.add_option("--tree", options.tree, "For wider rules: paths to count what is opened, one a line, or a folder")
      ->type_name("FILE|DIR");
  command.add_option("--places", options.places, "For wider rules: further lines of places.txt; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command.add_option("--run-param", options.run_parameters,
                     "For wider rules: a parameter of one run (of a log: its file); repeatable")
      ->type_name("RUN:NAME=VALUE")
      ->check(CLI::Validator(CheckRunParameter, ""))
      ->allow_extra_args(false);
}

base::Status CheckRuns(const GeneralizeOptions& options, std::span<const tune::Evidence> evidence) {
  for (const std::string& text : options.run_parameters) {
    const std::optional<RunParameter> parameter = SplitRunParameter(text);
    const bool known = std::any_of(evidence.begin(), evidence.end(), [&](const tune::Evidence& one) {
      return std::find(one.runs.begin(), one.runs.end(), parameter->run) != one.runs.end();
    });
    if (!known) {
      return base::Fail(fmt::format("--run-param: no denial comes from a run {}; with --from, a run is the log's name",
                                    parameter->run));
    }
  }
  return {};
}

base::Result<GeneralizeInputs> LoadGeneralizeInputs(const GeneralizeOptions& options,
                                                    const EvidenceOptions& evidence) {
  auto tree = LoadTree(options.tree);
  if (!tree) return std::unexpected(tree.error());
  auto places = LoadPlaces(options.places);
  if (!places) return std::unexpected(places.error());
  const auto stored = LoadRunParameters(evidence);
  if (!stored) return std::unexpected(stored.error());
  std::map<std::string, tune::RunFacts> runs;
  for (const auto& [name, parameters] : *stored) runs[name] = {name, parameters};
  for (const std::string& text : options.run_parameters) {
    const std::optional<RunParameter> parameter = SplitRunParameter(text);
    tune::RunFacts& run = runs[parameter->run];
    run.name = parameter->run;
    run.parameters.insert_or_assign(parameter->name, parameter->value);
  }
  GeneralizeInputs inputs{std::move(*tree), std::move(*places), {}};
  for (auto& [name, run] : runs) inputs.runs.push_back(std::move(run));
  return inputs;
}

}  // namespace sbtune::cli
