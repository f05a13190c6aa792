// The folder of recorded logs and real profiles beside the checkout. It is other people's text: tests read it
// where it lies, and where it is absent they say so and pass.
//
//   const auto path = test::SharedData("corpus/denials.tsv");
//   if (!path) { MESSAGE("skipped: no corpus"); return; }
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sbtune::test {

[[nodiscard]] std::optional<std::string> SharedData(std::string_view relative);

// The bytes of a file; fails the test when it cannot be read. ReadGzip runs gzip -dc.
[[nodiscard]] std::string ReadFile(const std::string& path);
[[nodiscard]] std::string ReadGzip(const std::string& path);

// Tab-separated rows, the header line first; no quoting.
[[nodiscard]] std::vector<std::vector<std::string>> ReadTsv(const std::string& path);

}  // namespace sbtune::test
