// How sensitive places of the file system are, and how far a suggested rule may widen there. Data, in
// places.txt, which explains its own form; users add lines of their own.
//
//   Places places = *Places::Parse({{"places.txt", text}});
//   places.Find("/Users/me/.ssh/config").At(Reach::kRead).width;   // Width::kAsk
//
// Paths are canonical (/private/tmp, not /tmp) and compared without case. Whatever is asked about a pattern
// holds for everything that it can match: widening a pattern never lowers its risk nor raises its permitted
// width.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace sbtune::catalog {

enum class Reach : std::uint8_t { kStat, kRead, kWrite, kRun };
inline constexpr std::size_t kReaches = 4;
[[nodiscard]] std::string_view Name(Reach reach);

enum class Width : std::uint8_t { kNever, kAsk, kExact, kShape, kTree };  // ordered: more is wider
[[nodiscard]] std::string_view Name(Width width);

enum class Risk : std::uint8_t { kNone, kLow, kMedium, kHigh, kSevere };
[[nodiscard]] std::string_view Name(Risk risk);
[[nodiscard]] base::Result<Risk> RiskFromName(std::string_view name);

struct Treatment {
  Width width = Width::kAsk;
  double weight = 0;
  Risk risk = Risk::kNone;
};

struct PlaceClass {
  std::string name;
  bool hard = false;
  std::array<Treatment, kReaches> ways;
  [[nodiscard]] const Treatment& At(Reach reach) const { return ways[static_cast<std::size_t>(reach)]; }
};

// One component of a path pattern: a name, or a glob that matches at least what the pattern does there.
struct PathStep {
  std::string text;
  bool glob = false;
  bool operator==(const PathStep&) const = default;
};
[[nodiscard]] std::vector<PathStep> StepsOf(std::string_view path);

// What holds for everything that a pattern can match.
struct Survey {
  Treatment treatment;  // the narrowest width, the greatest weight and risk
  std::string reason;   // the line that narrowed it most: "secret ~/.ssh/**"
};

class Places {
 public:
  struct Text {
    std::string name;  // for messages
    std::string text;
  };
  // Later texts add to earlier ones. The error names the line.
  [[nodiscard]] static base::Result<Places> Parse(std::span<const Text> texts);
  // places.txt alone, as compiled in.
  [[nodiscard]] static const Places& BuiltIn();
  [[nodiscard]] static std::string_view BuiltInText();
  Places(Places&&) noexcept;
  Places& operator=(Places&&) noexcept;
  ~Places();

  // How far from the root a pattern reaches: exactly its steps, or everything below them as well.
  enum class Extent : std::uint8_t { kNodes, kTree };
  // Who owns the place: soft classes give way to the class `own`.
  enum class Owner : std::uint8_t { kAnybody, kProgram };

  [[nodiscard]] Survey Ask(std::span<const PathStep> steps, Extent extent, Reach reach, Owner owner) const;
  [[nodiscard]] Survey AskPath(std::string_view path, Reach reach, Owner owner) const;

  // Floating names which a rule over a folder must leave out for this way: each as a glob "**/x" and as SBPL
  // regexes (the name; and, where there is an exception, what stays in).
  struct Float {
    std::string glob;
    std::string except;  // glob of the last name; may be empty
    std::string regex;
    std::string except_regex;
    const PlaceClass* place_class = nullptr;
  };
  [[nodiscard]] std::span<const Float> Floats() const;
  [[nodiscard]] bool Matches(const Float& floating, std::span<const PathStep> steps) const;

  // A path for each hard line that does not permit this way without the user's word: what no suggestion may open.
  // With each home for ~; floats in each folder.
  [[nodiscard]] std::vector<std::string> Examples(Reach reach, const std::set<std::string>& homes,
                                                  const std::set<std::string>& folders) const;

  [[nodiscard]] bool IsOwnerFolder(std::string_view path) const;  // by the `owner` lines
  [[nodiscard]] Risk OperationRisk(std::string_view operation) const;  // by the `operation` lines
  // By the `size` lines: about how many paths the folder holds; 0 where none names it.
  [[nodiscard]] double UsualSize(std::span<const PathStep> steps) const;
  [[nodiscard]] bool IsOwnParameter(std::string_view parameter) const;  // by the `parameter` lines

 private:
  struct State;
  explicit Places(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::catalog
