// What the lines of places.txt become, inside Places; for places_reader.cpp, which makes it, and places.cpp, which
// asks it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "profiles/catalog/places.h"

namespace sbtune::catalog {

// A line that names places, for messages and for choosing the most specific.
struct PlaceEntry {
  std::size_t place_class = 0;
  std::string line;  // "secret ~/.ssh/**"
  std::tuple<std::size_t, std::size_t, std::size_t, std::size_t>
      rank;  // steps, literal steps, characters, order
};

inline constexpr std::uint32_t kNothing = UINT32_MAX;

// A name in the tree of places.
struct PlaceNode {
  std::map<std::string, std::uint32_t, std::less<>> names;
  std::vector<std::pair<std::string, std::uint32_t>> globs;
  std::uint32_t exact = kNothing;  // entries
  std::uint32_t below = kNothing;
  std::vector<std::uint32_t> within;  // one entry for each class that occurs at this node or under it
};

struct Places::State {
  std::vector<PlaceClass> classes;
  std::vector<PlaceEntry> entries;
  std::vector<PlaceNode> nodes{1};
  std::vector<Float> floats;
  std::vector<std::vector<std::string>> float_steps;
  std::vector<std::size_t> float_classes;
  std::vector<std::vector<PathStep>> owners;
  std::vector<std::string> parameters;
  std::vector<std::pair<std::vector<std::string>, double>> sizes;
  std::vector<std::pair<std::string, Risk>> operations;

  std::optional<std::string> Read(std::string_view line);
  std::optional<std::string> ReadClass(std::span<const std::string_view> words);
  std::optional<std::string> ReadPlace(std::span<const std::string_view> words, std::string_view rest);
  std::optional<std::string> ReadFloat(std::span<const std::string_view> words);
  std::optional<std::string> ReadSize(std::span<const std::string_view> words, std::string_view rest);
  void Insert(std::string_view pattern, std::size_t place_class, std::string line);
  std::uint32_t Child(std::uint32_t node, const std::string& step);
  void Aggregate();
  [[nodiscard]] std::optional<std::size_t> ClassNamed(std::string_view name) const;
};

}  // namespace sbtune::catalog
