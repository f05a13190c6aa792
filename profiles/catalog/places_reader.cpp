#include <algorithm>
#include <charconv>

#include "embedded/sbtune_catalog.h"
#include "profiles/catalog/glob.h"
#include "profiles/catalog/places.h"
#include "profiles/catalog/places_state.h"

namespace sbtune::catalog {
namespace {

// Every home that a path can name without knowing the user.
constexpr std::string_view kHomes[] = {"/Users/*", "/private/var/root"};
constexpr std::string_view kReachNames[] = {"stat", "read", "write", "run"};
constexpr std::string_view kWidthNames[] = {"never", "ask", "exact", "shape", "tree"};
constexpr std::string_view kRiskNames[] = {"none", "low", "medium", "high", "severe"};
template <typename Enum>
std::optional<Enum> FromName(std::string_view word, std::span<const std::string_view> names) {
  const auto found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::vector<std::string> Components(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) parts.push_back(FoldName(path.substr(0, slash)));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

std::optional<Treatment> ParseTreatment(std::string_view text) {
  const std::size_t first = text.find('/');
  const std::size_t second = text.find('/', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto width = FromName<Width>(text.substr(0, first), kWidthNames);
  const auto risk = FromName<Risk>(text.substr(second + 1), kRiskNames);
  const std::string_view number = text.substr(first + 1, second - first - 1);
  double weight = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), weight);
  if (!width || !risk || error != std::errc() || end != number.data() + number.size() || !(weight >= 0)) {
    return std::nullopt;
  }
  return Treatment{*width, weight, *risk};
}

std::string QuoteForRegex(std::string_view glob) {
  std::string regex;
  for (const char c : glob) {
    if (c == '*') {
      regex += "[^/]*";
    } else if (c == '?') {
      regex += "[^/]";
    } else {
      if (std::string_view("^.[$()|+{\\").find(c) != std::string_view::npos) regex += '\\';
      regex += c;
    }
  }
  return regex;
}

// "**/*.git/**/hooks/**" -> /[^/]*\.git/(.+/)?hooks/
std::string FloatRegex(const std::vector<std::string>& steps) {
  std::string regex = "/";
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    if (steps[i] == "**") {
      if (!last) regex += "(.+/)?";
      continue;
    }
    regex += QuoteForRegex(steps[i]);
    regex += last ? "$" : "/";
  }
  return regex;
}

}  // namespace

std::string_view Name(Reach reach) { return kReachNames[static_cast<std::size_t>(reach)]; }
std::string_view Name(Width width) { return kWidthNames[static_cast<std::size_t>(width)]; }
std::string_view Name(Risk risk) { return kRiskNames[static_cast<std::size_t>(risk)]; }

base::Result<Risk> RiskFromName(std::string_view name) {
  if (const auto risk = FromName<Risk>(name, kRiskNames)) return *risk;
  return base::Fail("'" + std::string(name) + "' is no risk; there are none, low, medium, high and severe");
}

std::vector<PathStep> StepsOf(std::string_view path) {
  std::vector<PathStep> steps;
  for (std::string& name : Components(path)) steps.push_back({std::move(name), false});
  return steps;
}

std::optional<std::size_t> Places::State::ClassNamed(std::string_view name) const {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (classes[i].name == name) return i;
  }
  return std::nullopt;
}

std::optional<std::string> Places::State::ReadClass(std::span<const std::string_view> words) {
  if (words.size() < 2) return "a class needs a name";
  if (ClassNamed(words[1])) return "the class '" + std::string(words[1]) + "' is there already";
  PlaceClass made{std::string(words[1]), false, {}};
  std::array<bool, kReaches> seen{};
  for (const std::string_view word : words.subspan(2)) {
    if (word == "hard") {
      made.hard = true;
      continue;
    }
    const std::size_t equals = std::min(word.find('='), word.size());
    const auto reach = FromName<Reach>(word.substr(0, equals), kReachNames);
    const auto treatment = ParseTreatment(word.substr(std::min(equals + 1, word.size())));
    if (!reach || !treatment) return "'" + std::string(word) + "' is not WAY=WIDTH/WEIGHT/RISK";
    made.ways[static_cast<std::size_t>(*reach)] = *treatment;
    seen[static_cast<std::size_t>(*reach)] = true;
  }
  if (std::find(seen.begin(), seen.end(), false) != seen.end())
    return "a class needs stat=, read=, write= and run=";
  classes.push_back(std::move(made));
  return std::nullopt;
}

std::uint32_t Places::State::Child(std::uint32_t node, const std::string& step) {
  const auto fresh = static_cast<std::uint32_t>(nodes.size());
  if (HasWildcard(step)) {
    for (const auto& [glob, child] : nodes[node].globs) {
      if (glob == step) return child;
    }
    nodes[node].globs.emplace_back(step, fresh);
  } else {
    const auto [found, added] = nodes[node].names.emplace(step, fresh);
    if (!added) return found->second;
  }
  nodes.emplace_back();
  return fresh;
}

void Places::State::Insert(std::string_view pattern, std::size_t place_class, std::string line) {
  const bool below = pattern.ends_with("/**");
  if (below) pattern.remove_suffix(3);
  const std::vector<std::string> steps = Components(pattern);
  std::uint32_t node = 0;
  std::size_t literal = 0;
  std::size_t characters = 0;
  for (const std::string& step : steps) {
    node = Child(node, step);
    literal += HasWildcard(step) ? 0 : 1;
    characters += step.size();
  }
  std::uint32_t& slot = below ? nodes[node].below : nodes[node].exact;
  const PlaceEntry entry{place_class, std::move(line), {steps.size(), literal, characters, entries.size()}};
  // A hard place stays, whatever later lines say of the same pattern.
  if (slot != kNothing && classes[entries[slot].place_class].hard && !classes[place_class].hard) return;
  slot = static_cast<std::uint32_t>(entries.size());
  entries.push_back(entry);
}

// The pattern of a place may hold blanks: it is the rest of the line.
std::optional<std::string> Places::State::ReadPlace(std::span<const std::string_view> words,
                                                    std::string_view rest) {
  if (words.size() < 3) return "a place needs a class and a pattern";
  const auto place_class = ClassNamed(words[1]);
  if (!place_class) return "there is no class '" + std::string(words[1]) + "' above this line";
  const std::string line = std::string(words[1]) + " " + std::string(rest);
  if (rest.find("**") < rest.size() - 2 || (rest.ends_with("**") && !rest.ends_with("/**"))) {
    return "'**' may only stand at the end, as /**; use a float for names that turn up anywhere";
  }
  if (rest.starts_with("/")) {
    Insert(rest, *place_class, line);
  } else if (rest == "~" || rest.starts_with("~/")) {
    for (const std::string_view home : kHomes) {
      Insert(std::string(home) + std::string(rest.substr(1)), *place_class, line);
    }
  } else {
    return "a place begins with / or ~";
  }
  return std::nullopt;
}

std::optional<std::string> Places::State::ReadFloat(std::span<const std::string_view> words) {
  const bool exception = words.size() == 5 && words[3] == "unless";
  if ((words.size() != 3 && !exception) || !words[2].starts_with("**/") || words[2].size() < 4) {
    return "a float is: float CLASS **/NAME [unless GLOB]";
  }
  const auto place_class = ClassNamed(words[1]);
  if (!place_class) return "there is no class '" + std::string(words[1]) + "' above this line";
  Float made;
  made.glob = std::string(words[2]);
  std::vector<std::string> steps = Components(words[2]);
  made.regex = FloatRegex(steps);
  if (exception) {
    made.except = FoldCase(words[4]);
    made.except_regex = "/" + QuoteForRegex(made.except) + "$";
    if (made.except.starts_with("*")) made.except_regex = QuoteForRegex(made.except.substr(1)) + "$";
  }
  floats.push_back(std::move(made));
  float_steps.push_back(std::move(steps));
  float_classes.push_back(*place_class);
  return std::nullopt;
}

std::optional<std::string> Places::State::ReadSize(std::span<const std::string_view> words,
                                                   std::string_view rest) {
  double size = 0;
  if (words.size() < 3) return "a size is: size COUNT PATTERN";
  const auto [end, error] = std::from_chars(words[1].data(), words[1].data() + words[1].size(), size);
  if (error != std::errc() || end != words[1].data() + words[1].size() || !(size >= 1)) {
    return "'" + std::string(words[1]) + "' is no count of paths";
  }
  if (rest.starts_with("~/")) {
    for (const std::string_view home : kHomes) {
      sizes.emplace_back(Components(std::string(home) + std::string(rest.substr(1))), size);
    }
  } else if (rest.starts_with("/") || rest.starts_with("**/")) {
    sizes.emplace_back(Components(rest), size);
  } else {
    return "the pattern of a size begins with /, ~/ or **/";
  }
  return std::nullopt;
}

std::optional<std::string> Places::State::Read(std::string_view line) {
  const std::vector<std::string_view> words = Words(line);
  if (words.empty() || words[0].starts_with('#')) return std::nullopt;
  if (words[0] == "class") return ReadClass(words);
  if (words[0] == "float") return ReadFloat(words);
  const std::string_view last = words.back();
  const auto tail = [&](std::size_t from) {
    return std::string_view(words[from].data(),
                            static_cast<std::size_t>(last.data() + last.size() - words[from].data()));
  };
  if (words[0] == "place") return ReadPlace(words, words.size() < 3 ? "" : tail(2));
  if (words[0] == "size") return ReadSize(words, words.size() < 3 ? "" : tail(2));
  if (words[0] == "operation") {
    const auto risk = words.size() == 3 ? FromName<Risk>(words[1], kRiskNames) : std::nullopt;
    if (!risk) return "an operation is: operation RISK GLOB";
    operations.emplace_back(words[2], *risk);
    return std::nullopt;
  }
  if (words[0] == "parameter" && words.size() == 2) {
    parameters.emplace_back(words[1]);
    return std::nullopt;
  }
  if (words[0] == "owner" && words.size() >= 2) {
    const std::string_view pattern = tail(1);
    const auto add = [&](const std::string& path) {
      std::vector<PathStep> steps = StepsOf(path);
      for (PathStep& step : steps) step.glob = HasWildcard(step.text);
      owners.push_back(std::move(steps));
    };
    if (pattern.starts_with("~/")) {
      for (const std::string_view home : kHomes) add(std::string(home) + std::string(pattern.substr(1)));
      return std::nullopt;
    }
    if (pattern.starts_with("/")) {
      add(std::string(pattern));
      return std::nullopt;
    }
  }
  return "a line is one of: class, place, float, operation, size, owner PATTERN, parameter NAME";
}

// Children have greater numbers than their parents.
void Places::State::Aggregate() {
  const auto add = [this](PlaceNode& node, std::uint32_t entry) {
    if (entry == kNothing) return;
    for (std::uint32_t& have : node.within) {
      if (entries[have].place_class != entries[entry].place_class) continue;
      have = std::min(have, entry);
      return;
    }
    node.within.push_back(entry);
  };
  for (std::size_t i = nodes.size(); i-- > 0;) {
    PlaceNode& node = nodes[i];
    node.within.clear();
    add(node, node.exact);
    add(node, node.below);
    const auto take = [&](std::uint32_t child) {
      for (const std::uint32_t entry : nodes[child].within) add(node, entry);
    };
    for (const auto& [name, child] : node.names) take(child);
    for (const auto& [glob, child] : node.globs) take(child);
    std::sort(node.within.begin(), node.within.end());
  }
}

base::Result<Places> Places::Parse(std::span<const Text> texts) {
  auto state = std::make_unique<State>();
  for (const Text& text : texts) {
    std::size_t number = 0;
    std::string_view rest = text.text;
    while (!rest.empty()) {
      ++number;
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      if (auto wrong = state->Read(rest.substr(0, end))) {
        return base::Fail(text.name + ":" + std::to_string(number) + ": " + *wrong);
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  if (!state->ClassNamed("own")) return base::Fail("the places name no class 'own'");
  if (state->nodes[0].below == kNothing) return base::Fail("the places have no line for /**");
  for (std::size_t i = 0; i < state->floats.size(); ++i) {
    state->floats[i].place_class = &state->classes[state->float_classes[i]];
  }
  state->Aggregate();
  return Places(std::move(state));
}

std::string_view Places::BuiltInText() {
  for (const EmbeddedFile& file : Embedded()) {
    if (file.name == "places.txt") return file.text;
  }
  return "";
}

const Places& Places::BuiltIn() {
  static const Places places = [] {
    const Text text{"places.txt", std::string(BuiltInText())};
    auto parsed = Parse({&text, 1});
    SBTUNE_ASSERT(parsed.has_value());
    return std::move(*parsed);
  }();
  return places;
}

}  // namespace sbtune::catalog
