# Build-wide settings, as an INTERFACE target that every library of ours links.

option(SBTUNE_BUILD_TESTS "Build the tests" ON)
option(SBTUNE_BUILD_BENCH "Build the benchmarks" OFF)
option(SBTUNE_BUILD_FUZZ "Build the fuzz targets (clang with libFuzzer)" OFF)
set(SBTUNE_WARNINGS_AS_ERRORS OFF CACHE BOOL "Stop at the first warning")
set(SBTUNE_SANITIZE "" CACHE STRING "Comma-separated sanitizers, as -fsanitize takes them")
set(SBTUNE_SHARED_DATA "${CMAKE_SOURCE_DIR}/../shared" CACHE PATH
    "Folder with recorded logs and profiles; tests that need it are skipped where it is absent")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

add_library(sbtune_settings INTERFACE)
target_compile_features(sbtune_settings INTERFACE cxx_std_23)
target_include_directories(sbtune_settings INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(sbtune_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                       -Wimplicit-fallthrough -fno-omit-frame-pointer)
if(SBTUNE_WARNINGS_AS_ERRORS)
  target_compile_options(sbtune_settings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of g++ 12 inside the standard library's own inlined code.
  target_compile_options(sbtune_settings INTERFACE -Wno-restrict -Wno-maybe-uninitialized
                         -Wno-stringop-overread -Wno-stringop-overflow -Wno-array-bounds -Wno-dangling-pointer)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  # libstdc++ hides std::expected from clangs that report an older concepts level but compile it well.
  target_compile_options(sbtune_settings INTERFACE -Wno-builtin-macro-redefined -Wno-macro-redefined
                         -D__cpp_concepts=202002L)
endif()
if(SBTUNE_SANITIZE)
  target_compile_options(sbtune_settings INTERFACE -fsanitize=${SBTUNE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(sbtune_settings INTERFACE -fsanitize=${SBTUNE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SBTUNE_SANITIZE MATCHES "address.*undefined")
    # What the address sanitizer stops at anyway, or what x86 and ARM allow; a quarter of the time of the compiler.
    target_compile_options(sbtune_settings INTERFACE -fno-sanitize=null,alignment,object-size,vptr)
  endif()
endif()

# Code that runs once for each command or test, not once for each line or access: under a sanitizer most of its time
# is the compiler's.
macro(sbtune_compile_quickly)
  if(SBTUNE_SANITIZE)
    add_compile_options(-O0)
  endif()
endmacro()
if(SBTUNE_BUILD_FUZZ)
  target_compile_options(sbtune_settings INTERFACE -fsanitize=fuzzer-no-link)  # coverage for the fuzzer's choices
endif()
