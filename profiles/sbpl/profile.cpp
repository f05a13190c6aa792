#include "profiles/sbpl/profile.h"

#include <filesystem>

#include "core/base/file.h"
#include "profiles/sbpl/load/evaluation.h"

namespace sbtune::sbpl {

base::Result<std::string> DiskFiles::Read(const std::string& path) { return base::ReadFile(path); }

bool DiskFiles::Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

LoadResult LoadProfile(const LoadOptions& options, ProfileFiles& files) {
  LoadResult result;
  const base::Result<const catalog::Catalog*> catalog = catalog::Catalog::ForVersion(options.macos);
  if (!catalog) {
    result.diagnostics.Error("unknown-macos", catalog.error().message, {});
    return result;
  }
  result.profile.macos = std::string((*catalog)->version());
  Evaluation evaluation(options, **catalog, files, result);
  evaluation.Run();
  return result;
}

std::vector<std::string> RequiredParameters(const LoadOptions& options, ProfileFiles& files) {
  LoadOptions tolerant = options;
  tolerant.strictness = Strictness::kLenient;
  tolerant.missing_parameters = MissingParameters::kPlaceholder;
  std::vector<std::string> names;
  for (const ParameterUse& use : LoadProfile(tolerant, files).profile.parameter_uses) {
    if (!use.given && !use.tested) names.push_back(use.name);
  }
  return names;
}

}  // namespace sbtune::sbpl
