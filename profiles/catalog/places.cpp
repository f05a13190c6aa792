#include "profiles/catalog/places.h"

#include <algorithm>

#include "profiles/catalog/glob.h"
#include "profiles/catalog/places_state.h"

namespace sbtune::catalog {

Places::Places(std::unique_ptr<State> state) : state_(std::move(state)) {}
Places::Places(Places&&) noexcept = default;
Places& Places::operator=(Places&&) noexcept = default;
Places::~Places() = default;

namespace {

// What is known of one way down the tree of places: the node, and whether everything that the pattern can
// match took it.
struct Track {
  std::uint32_t node = 0;
  bool all = true;
};

struct Applying {
  std::uint32_t entry = 0;
  bool all = true;  // holds for everything that the pattern can match
};

void Advance(const std::vector<PlaceNode>& nodes, const PathStep& step, std::vector<Track>& tracks) {
  std::vector<Track> next;
  for (const Track& track : tracks) {
    const PlaceNode& node = nodes[track.node];
    if (!step.glob) {
      const auto found = node.names.find(step.text);
      if (found != node.names.end()) next.push_back({found->second, track.all});
    } else {
      for (const auto& [name, child] : node.names) {
        if (GlobsMeet(step.text, name)) next.push_back({child, false});
      }
    }
    for (const auto& [glob, child] : node.globs) {
      if (glob == "*") {
        next.push_back({child, track.all});
      } else if (step.glob ? GlobsMeet(glob, step.text) : GlobMatches(glob, step.text)) {
        next.push_back({child, track.all && !step.glob});
      }
    }
  }
  tracks = std::move(next);
}

}  // namespace

Survey Places::Ask(std::span<const PathStep> steps, Extent extent, Reach reach, Owner owner) const {
  const State& state = *state_;
  std::vector<Applying> lines;
  std::vector<Track> tracks{{}};
  for (const PathStep& step : steps) {
    for (const Track& track : tracks) {
      if (const std::uint32_t below = state.nodes[track.node].below; below != kNothing) {
        lines.push_back({below, track.all});
      }
    }
    Advance(state.nodes, step, tracks);
    if (tracks.empty()) break;
  }
  std::vector<std::uint32_t> inside;  // hold for a part of what the pattern matches, or for all of it
  for (const Track& track : tracks) {
    const PlaceNode& node = state.nodes[track.node];
    const bool hard_below =
        node.below != kNothing && state.classes[state.entries[node.below].place_class].hard;
    if (extent == Extent::kTree) {
      if (node.below != kNothing) lines.push_back({node.below, track.all});
      inside.insert(inside.end(), node.within.begin(), node.within.end());
    } else if (node.exact != kNothing) {
      lines.push_back({node.exact, track.all});
    } else if (node.below != kNothing && !hard_below) {
      lines.push_back({node.below, track.all});
    }
  }
  if (extent == Extent::kTree) {
    // The line of the whole tree stands among `inside` as well; there it says nothing new.
    std::erase_if(inside, [&](std::uint32_t entry) {
      return std::any_of(lines.begin(), lines.end(),
                         [&](const Applying& line) { return line.entry == entry && line.all; });
    });
  }
  const auto is_hard = [&](std::uint32_t entry) {
    return state.classes[state.entries[entry].place_class].hard;
  };
  std::uint32_t base = kNothing;  // the most specific soft line that holds for all
  for (const Applying& line : lines) {
    if (!line.all || is_hard(line.entry)) continue;
    if (base == kNothing || state.entries[base].rank < state.entries[line.entry].rank) base = line.entry;
  }
  std::vector<std::uint32_t> counting = std::move(inside);
  if (owner == Owner::kProgram) {
    std::erase_if(counting, [&](std::uint32_t entry) { return !is_hard(entry); });
  } else if (base != kNothing) {
    counting.push_back(base);
  }
  for (const Applying& line : lines) {
    const bool narrower = !line.all && owner == Owner::kAnybody &&
                          (base == kNothing || state.entries[base].rank < state.entries[line.entry].rank);
    if (is_hard(line.entry) || narrower) counting.push_back(line.entry);
  }

  Survey survey{{Width::kTree, 0, Risk::kNone}, ""};
  const auto take = [&](const Treatment& treatment, std::string_view reason) {
    if (treatment.width < survey.treatment.width || survey.reason.empty())
      survey.reason = std::string(reason);
    survey.treatment.width = std::min(survey.treatment.width, treatment.width);
    survey.treatment.weight = std::max(survey.treatment.weight, treatment.weight);
    survey.treatment.risk = std::max(survey.treatment.risk, treatment.risk);
  };
  if (owner == Owner::kProgram) take(state.classes[*state.ClassNamed("own")].At(reach), "own");
  std::sort(counting.begin(), counting.end());
  for (const std::uint32_t entry : counting) {
    take(state.classes[state.entries[entry].place_class].At(reach), state.entries[entry].line);
  }
  if (extent == Extent::kNodes) {
    for (const Float& floating : state.floats) {
      if (Matches(floating, steps))
        take(floating.place_class->At(reach), floating.place_class->name + " " + floating.glob);
    }
  }
  return survey;
}

Survey Places::AskPath(std::string_view path, Reach reach, Owner owner) const {
  return Ask(StepsOf(path), Extent::kNodes, reach, owner);
}

std::span<const Places::Float> Places::Floats() const { return state_->floats; }

namespace {

// Whether the steps can be what the glob of components, with `**` for any number of them, stands for. A `**` at the
// end needs one name at least. The last `**` seen takes as little as it can, and one name more where that fails.
bool StepsMatch(const std::vector<std::string>& glob, std::span<const PathStep> steps) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  const std::size_t parts = glob.size() + (!glob.empty() && glob.back() == "**" ? 1 : 0);
  const auto fits = [&](std::size_t g, const PathStep& step) {
    if (g >= glob.size()) return true;  // the one name of a last `**`
    return step.glob ? GlobsMeet(glob[g], step.text) : GlobMatches(glob[g], step.text);
  };
  std::size_t g = 0;
  std::size_t any = kNone;   // the part behind the last `**`
  std::size_t taken = 0;     // steps up to where that part was last tried
  for (std::size_t s = 0; s < steps.size();) {
    if (g < glob.size() && glob[g] == "**") {
      any = ++g;
      taken = s;
    } else if (g < parts && fits(g, steps[s])) {
      ++g;
      ++s;
    } else if (any != kNone) {
      g = any;
      s = ++taken;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == "**" && g + 1 < glob.size()) ++g;
  return g == parts;
}

}  // namespace

std::vector<std::string> Places::Examples(Reach reach, const std::set<std::string>& homes,
                                          const std::set<std::string>& folders) const {
  std::set<std::string> examples;
  const auto add = [&](std::string path) {
    if (path.ends_with("/**")) path.replace(path.size() - 2, 2, "x");
    for (std::size_t at = path.find("/**/"); at != std::string::npos; at = path.find("/**/")) path.erase(at, 3);
    for (char& c : path) {
      if (c == '*' || c == '?') c = 'x';
    }
    examples.insert(std::move(path));
  };
  for (const PlaceEntry& entry : state_->entries) {
    const PlaceClass& place_class = state_->classes[entry.place_class];
    if (!place_class.hard || place_class.At(reach).width >= Width::kExact) continue;
    const std::string pattern = entry.line.substr(entry.line.find(' ') + 1);
    if (!pattern.starts_with("~")) {
      add(pattern);
      continue;
    }
    for (const std::string& home : homes) add(home + pattern.substr(1));
  }
  for (const Float& floating : state_->floats) {
    if (floating.place_class->At(reach).width >= Width::kExact) continue;
    for (const std::string& folder : folders) add(folder + floating.glob.substr(2));
  }
  return {examples.begin(), examples.end()};
}

Risk Places::OperationRisk(std::string_view operation) const {
  Risk risk = Risk::kHigh;
  for (const auto& [glob, named] : state_->operations) {
    if (GlobMatches(glob, operation)) risk = named;
  }
  return risk;
}

double Places::UsualSize(std::span<const PathStep> steps) const {
  double size = 0;
  for (const auto& [glob, usual] : state_->sizes) {
    if (StepsMatch(glob, steps)) size = std::max(size, usual);
  }
  return size;
}

bool Places::Matches(const Float& floating, std::span<const PathStep> steps) const {
  const auto index = static_cast<std::size_t>(&floating - state_->floats.data());
  if (!StepsMatch(state_->float_steps[index], steps)) return false;
  if (floating.except.empty() || steps.empty()) return true;
  return steps.back().glob || !GlobMatches(floating.except, steps.back().text);
}

bool Places::IsOwnerFolder(std::string_view path) const {
  const std::vector<PathStep> steps = StepsOf(path);
  return std::any_of(state_->owners.begin(), state_->owners.end(), [&](const std::vector<PathStep>& owner) {
    return owner.size() == steps.size() &&
           std::equal(owner.begin(), owner.end(), steps.begin(), [](const PathStep& a, const PathStep& b) {
             return a.glob ? GlobMatches(a.text, b.text) : a.text == b.text;
           });
  });
}

bool Places::IsOwnParameter(std::string_view parameter) const {
  return std::find(state_->parameters.begin(), state_->parameters.end(), parameter) !=
         state_->parameters.end();
}

}  // namespace sbtune::catalog
