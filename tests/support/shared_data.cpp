#include "tests/support/shared_data.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sbtune::test {

std::optional<std::string> SharedData(std::string_view relative) {
  const std::filesystem::path path = std::filesystem::path(SBTUNE_SHARED_DATA) / relative;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path.string();
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "cannot read " << path);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string ReadGzip(const std::string& path) {
  const std::string command = "gzip -dc -- '" + path + "'";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string bytes;
  std::array<char, 1 << 16> block;
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;) {
    bytes.append(block.data(), got);
  }
  REQUIRE_MESSAGE(::pclose(pipe) == 0, "cannot unpack " << path);
  return bytes;
}

std::vector<std::vector<std::string>> ReadTsv(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(ReadFile(path));
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells;
    std::size_t begin = 0;
    for (std::size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', begin)) {
      cells.push_back(line.substr(begin, tab - begin));
      begin = tab + 1;
    }
    cells.push_back(line.substr(begin));
    rows.push_back(std::move(cells));
  }
  return rows;
}

}  // namespace sbtune::test
