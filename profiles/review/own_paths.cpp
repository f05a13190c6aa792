#include "profiles/review/own_paths.h"

#include <filesystem>
#include <system_error>

#include "profiles/sbpl/query.h"

namespace sbtune::review {
namespace {

// "/tmp/a.sb" is denied as "/private/tmp/a.sb".
std::string AsDenied(const std::string& path) {
  return sbpl::QueryFromAccess("file-write-data", path).path.value_or(path);
}

}  // namespace

std::vector<std::string> OwnPaths(const sbpl::Profile& profile) {
  std::vector<std::string> paths;
  for (base::SourceId id = 0; id < profile.sources.size(); ++id) {
    const std::string name(profile.sources.Name(id));
    if (name == "-") continue;
    std::error_code failed;
    const std::filesystem::path absolute = std::filesystem::absolute(name, failed).lexically_normal();
    if (failed) continue;
    paths.push_back(AsDenied(absolute.string()));
    const std::filesystem::path real = std::filesystem::canonical(absolute, failed);
    if (!failed) paths.push_back(AsDenied(real.string()));
  }
  return paths;
}

}  // namespace sbtune::review
