# Every library that we use, found once. CMake packages first, pkg-config where a distribution ships none.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(simdjson REQUIRED)
find_package(SQLite3 3.38 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus 3 REQUIRED)

# RE2 newer than mid-2023 ships a package file that brings Abseil along; older ones only a .pc file.
find_package(re2 CONFIG QUIET)
if(NOT TARGET re2::re2)
  pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
  add_library(re2::re2 ALIAS PkgConfig::RE2)
endif()

pkg_check_modules(PLIST REQUIRED IMPORTED_TARGET libplist-2.0)
pkg_check_modules(NCURSES REQUIRED IMPORTED_TARGET ncursesw)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

if(SBTUNE_BUILD_TESTS)
  find_package(doctest REQUIRED)
endif()
if(SBTUNE_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()
