// Findings as JSON for programs. Every string is valid UTF-8, whatever the profile holds.
#pragma once

#include <span>
#include <string>

#include "profiles/lint/finding.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::cli {

// One object:
//   {format: "sbtune-lint", version: 1, macos, loaded, findings: [{code, severity, message, hint?, place?, frames: [{what, place}],
//    fix?: {what, edits: [{file, offset, length, replacement}]}}], counts: {CODE: n}}
// A place is {file, line, column, end_line, end_column}: from 1, columns in bytes, the end exclusive. Offsets and
// lengths are bytes of the old text.
[[nodiscard]] std::string LintJson(const sbpl::LoadResult& loaded, std::span<const lint::Finding> findings);

// A SARIF 2.1.0 log with one run. Columns count code points, as its columnKind says.
[[nodiscard]] std::string LintSarif(const sbpl::LoadResult& loaded, std::span<const lint::Finding> findings);

}  // namespace sbtune::cli
