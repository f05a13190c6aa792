// Folders that only their owner may look into.
#pragma once

#include <string>

#include "core/base/result.h"

namespace sbtune::base {

// Makes the folder and those above it, mode 0700 where they are new.
[[nodiscard]] Status MakePrivateFolders(const std::string& path);
// The same for the folder that holds the file.
[[nodiscard]] Status MakePrivateFoldersFor(const std::string& file);
// Fails unless the folder is ours and nobody else may enter it; a folder of ours that others may enter is closed.
[[nodiscard]] Status ClosePrivateFolder(const std::string& path);

}  // namespace sbtune::base
