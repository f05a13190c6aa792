// Profiles to start from, compiled in. Each is put together from parts (the *.sb files beside this header) as
// starters.txt says; the parts explain themselves, since they become the user's own file.
//
//   for (const starter::Starter& one : starter::Starters()) … one.name, one.summary
//   std::string text = starter::Text(*starter::Find("python"));
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sbtune::starter {

struct Starter {
  std::string name;
  std::string summary;
  std::vector<std::string> parts;  // in load order
  bool operator==(const Starter&) const = default;
};

[[nodiscard]] std::span<const Starter> Starters();  // in the order of starters.txt
[[nodiscard]] const Starter* Find(std::string_view name);  // null where there is none

// The whole profile with its header. Takes the parameters CWD, HOME and TMPDIR.
[[nodiscard]] std::string Text(const Starter& starter);

}  // namespace sbtune::starter
