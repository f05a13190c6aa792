#include "tests/support/traces.h"

#include "profiles/catalog/catalog.h"
#include "tests/support/parsed.h"
#include "tests/support/shared_data.h"

namespace sbtune::test {
namespace {

TracedRun ReadRun(const std::string& path) {
  const catalog::Catalog& catalog = **catalog::Catalog::ForVersion("");
  std::map<std::pair<std::string, std::string>, std::uint64_t> accesses;
  TracedRun run;
  for (const Parsed& event : EventsOf(ReadGzip(path))) {
    const catalog::Operation* operation = catalog.FindLoggedOperation(*event.operation);
    const std::uint64_t records = event.kind == access::RecordKind::kDuplicate ? event.duplicates : 1;
    if (operation->default_allowed) {
      run.allowed_anyway += records;
    } else {
      accesses[{std::string(operation->name), event.target.value_or("")}] += records;
    }
  }
  for (const auto& [access, records] : accesses)
    run.accesses.push_back({access.first, access.second, records});
  return run;
}

}  // namespace

std::optional<Traces> LoadTraces() {
  const auto index = SharedData("traces/runs.tsv");
  const auto universe = SharedData("traces/universe.txt.gz");
  const auto canaries = SharedData("traces/canaries.txt");
  if (!index || !universe || !canaries) return std::nullopt;
  Traces traces;
  const std::vector<std::vector<std::string>> rows = ReadTsv(*index);
  for (std::size_t row = 1; row < rows.size(); ++row) {
    TracedRun run = ReadRun(*SharedData("traces/" + rows[row][2]));
    for (std::size_t column = 3; column < rows[row].size(); ++column)
      run.parameters[rows[0][column]] = rows[row][column];
    traces.programs[rows[row][0]].push_back(std::move(run));
  }
  traces.universe = ReadGzip(*universe);
  std::string text = ReadFile(*canaries);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) traces.canaries.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return traces;
}

}  // namespace sbtune::test
