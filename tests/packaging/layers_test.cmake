# Configures small projects with sbtune_library and expects the wrong ones to be refused, with the reason.
#   cmake -DMODULES=packaging/cmake -DWORK=build/… -P layers_test.cmake

function(expect name body source expected)
  set(folder "${WORK}/${name}")
  file(REMOVE_RECURSE "${folder}")
  file(WRITE "${folder}/core/low/low.h" "#pragma once\n")
  file(WRITE "${folder}/core/low/low.cpp" "#include \"core/low/low.h\"\n")
  file(WRITE "${folder}/core/low/CMakeLists.txt" "sbtune_library(low LAYER 0 SOURCES low.cpp)\n")
  file(WRITE "${folder}/core/high/high.cpp" "${source}")
  file(WRITE "${folder}/core/high/high.h" "#pragma once\n")
  file(WRITE "${folder}/core/high/CMakeLists.txt" "${body}\n")
  file(WRITE "${folder}/CMakeLists.txt" "cmake_minimum_required(VERSION 3.25)
project(layers LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH \"${MODULES}\")
add_library(sbtune_settings INTERFACE)
include(SbtuneLibrary)
add_subdirectory(core/low)
add_subdirectory(core/high)
")
  execute_process(COMMAND "${CMAKE_COMMAND}" -S "${folder}" -B "${folder}/build"
                  RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE err)
  string(REGEX REPLACE "[ \n]+" " " err "${err}")
  if(expected STREQUAL "accepted")
    if(NOT code EQUAL 0)
      message(FATAL_ERROR "${name}: refused, but is right: ${err}")
    endif()
  elseif(code EQUAL 0)
    message(FATAL_ERROR "${name}: accepted, but is wrong")
  else()
    string(FIND "${err}" "${expected}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${name}: refused without the reason '${expected}': ${err}")
    endif()
  endif()
endfunction()

expect(downwards "sbtune_library(high LAYER 1 SOURCES high.cpp DEPENDS low)" "#include \"core/low/low.h\"\n" accepted)
expect(sideways "sbtune_library(high LAYER 0 SOURCES high.cpp DEPENDS low)" ""
       "Wrong edge: sbtune::high (layer 0) may not depend on sbtune::low (layer 0)")
expect(undeclared "sbtune_library(high LAYER 1 SOURCES high.cpp DEPENDS other)" ""
       "depends on sbtune::other, which is not declared before it")
expect(include "sbtune_library(high LAYER 1 SOURCES high.cpp)" "#include \"core/low/low.h\"\n"
       "includes core/low/low.h, but sbtune::high does not depend on that room")
