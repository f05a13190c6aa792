// (import "x.sb"): where the file is looked for, and its evaluation in place.
#include <fmt/format.h>

#include "profiles/sbpl/load/evaluation.h"

namespace sbtune::sbpl {
namespace {

constexpr std::string_view kSystemFolders[] = {"/System/Library/Sandbox/Profiles/", "/usr/share/sandbox/"};

std::string Join(const std::string& folder, const std::string& name) {
  if (folder.empty()) return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

}  // namespace

std::string Evaluation::CurrentFolder() const {
  if (open_files_.empty()) return "";
  const std::string& path = open_files_.back()->path;
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// The system looks in IMPORT_DIR if that is given, else in its own folders. Before these we look where the user
// says, and after IMPORT_DIR in the importing file's folder, so that a copied folder of profiles works anywhere.
std::optional<std::string> Evaluation::FindImport(const std::string& name, const std::string& folder) {
  std::vector<std::string> places;
  if (name.starts_with('/')) {
    places.push_back(name);
    // On a machine that is no Mac the system's profiles are wherever the user keeps a copy.
    for (const std::string_view system : kSystemFolders) {
      if (!name.starts_with(system)) continue;
      for (const std::string& place : options_.import_dirs) places.push_back(Join(place, name.substr(system.size())));
    }
  } else {
    for (const std::string& place : options_.import_dirs) places.push_back(Join(place, name));
    const auto parameter = options_.parameters.find("IMPORT_DIR");
    if (parameter != options_.parameters.end()) places.push_back(Join(parameter->second, name));
    places.push_back(Join(folder, name));
    for (const std::string_view system : kSystemFolders) places.push_back(std::string(system) + name);
  }
  for (const std::string& place : places) {
    if (disk_.Exists(place)) return place;
  }
  return std::nullopt;
}

void Evaluation::Import(const std::string& name, base::SourceRange range) {
  if (++imports_ > options_.limits.imports) {
    return machine_.Fail("import-limit", fmt::format("the profile imports more than {} files",
                                                     options_.limits.imports), range);
  }
  const std::optional<std::string> path = FindImport(name, CurrentFolder());
  if (!path) {
    return machine_.Fail("import-not-found", fmt::format("cannot find \"{}\"", name), range,
                         "name its folder with --import-dir");
  }
  File* file = nullptr;
  for (File& known : files_) {
    if (known.path == *path) file = &known;
  }
  if (file != nullptr && file->evaluating) {
    return machine_.Fail("import-cycle", fmt::format("\"{}\" imports itself", name), range);
  }
  if (file == nullptr) {
    base::Result<std::string> text = disk_.Read(*path);
    if (!text) return machine_.Fail("unreadable", text.error().message, range);
    file = ReadFile(*path, std::move(*text));
    if (file == nullptr) {
      return machine_.Fail("import-failed", fmt::format("\"{}\" cannot be read as a profile", name), range);
    }
  }
  machine_.Enter("imported from", range, nullptr);
  PushForms(*file);
}

}  // namespace sbtune::sbpl
