#include "profiles/starter/starter.h"

#include <algorithm>

#include "core/base/result.h"
#include "embedded/sbtune_starter.h"

namespace sbtune::starter {
namespace {

std::string_view FileText(std::string_view name) {
  for (const EmbeddedFile& file : Embedded()) {
    if (file.name == name) return file.text;
  }
  SBTUNE_ASSERT(false && "a file of profiles/starter is not compiled in");
  return {};
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

// The text up to `end`, taken off `rest` together with it.
std::string_view Take(std::string_view& rest, char end) {
  const std::size_t length = std::min(rest.find(end), rest.size());
  const std::string_view taken = rest.substr(0, length);
  rest.remove_prefix(std::min(length + 1, rest.size()));
  return Trimmed(taken);
}

std::vector<Starter> Read(std::string_view table) {
  std::vector<Starter> starters;
  while (!table.empty()) {
    std::string_view line = Take(table, '\n');
    if (line.empty() || line.starts_with('#')) continue;
    Starter starter;
    starter.name = Take(line, '|');
    std::string_view parts = Take(line, '|');
    starter.summary = Trimmed(line);
    while (!parts.empty()) starter.parts.emplace_back(Take(parts, ' '));
    starters.push_back(std::move(starter));
  }
  return starters;
}

void Replace(std::string& text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  SBTUNE_ASSERT(at != std::string::npos);
  text.replace(at, what.size(), by);
}

}  // namespace

std::span<const Starter> Starters() {
  static const std::vector<Starter> starters = Read(FileText("starters.txt"));
  return starters;
}

const Starter* Find(std::string_view name) {
  const auto found = std::ranges::find(Starters(), name, &Starter::name);
  return found == Starters().end() ? nullptr : &*found;
}

std::string Text(const Starter& starter) {
  std::string text(FileText("header.txt"));
  Replace(text, "@NAME@", starter.name);
  Replace(text, "@SUMMARY@", starter.summary);
  for (const std::string& part : starter.parts) {
    text += '\n';
    text += FileText(part + ".sb");
  }
  return text;
}

}  // namespace sbtune::starter
