// Finds the profile's own words for filters, home-subpath and the like, by trying them after the evaluation: each
// procedure of one argument is called with a marker, and if a filter comes back that holds the marker in its one
// string, the procedure is such a word. Whatever else it does (rules, mistakes) is forgotten.
#include <algorithm>

#include "profiles/sbpl/load/evaluation.h"

namespace sbtune::sbpl {
namespace {

constexpr std::uint64_t kStepsEach = 5'000;
constexpr std::size_t kMost = 500;
constexpr std::string_view kMarker = "/sbtune-marker";

}  // namespace

void Evaluation::FindHelpers() {
  if (result_.diagnostics.HasErrors()) return;
  const base::Diagnostics before = result_.diagnostics;
  std::vector<Rule> forgotten;
  sinks_.push_back(&forgotten);
  std::vector<scheme::Symbol*> names;
  for (const std::string_view name : heap_.GlobalNames()) {
    scheme::Symbol* symbol = heap_.Intern(name);
    const scheme::Value& value = symbol->global;
    if (value.is(scheme::Type::kClosure) && value.closure()->parameter_count == 1) names.push_back(symbol);
  }
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) {
    if (std::optional<Helper> helper = Probe(*names[i])) result_.profile.helpers.push_back(std::move(*helper));
    forgotten.clear();
  }
  sinks_.pop_back();
  result_.diagnostics = before;
}

std::optional<Helper> Evaluation::Probe(scheme::Symbol& name) {
  const scheme::Closure& closure = *name.global.closure();
  const scheme::Slot marker{scheme::Value(heap_.NewString(kMarker, {})), {}};
  machine_.Refuel(kStepsEach);
  const std::optional<scheme::Value> value = machine_.RunCall(name.global, {&marker, 1}, closure.range);
  if (!value) return std::nullopt;
  const FilterNode* filter = AsFilter(*value);
  if (filter == nullptr || filter->arguments.size() != 1) return std::nullopt;
  const std::string_view text = filter->arguments[0].text;
  const std::size_t at = text.find(kMarker);
  if (at == std::string_view::npos || text.find(kMarker, at + 1) != std::string_view::npos) return std::nullopt;
  return Helper{std::string(name.name), std::string(filter->name), std::string(text.substr(0, at)),
                std::string(text.substr(at + kMarker.size())), closure.range};
}

}  // namespace sbtune::sbpl
