# sbtune_embed(TARGET NAMESPACE FILES…): compiles text files into the target. Each is reachable through
#   #include "embedded/TARGET.h"  ->  NAMESPACE::Embedded() : span of {name, text}, sorted by name.
# The files stay plain files in the tree; a change in one rebuilds the target.
function(sbtune_embed target namespace)
  set(header "${CMAKE_BINARY_DIR}/generated/embedded/${target}.h")
  set(source "${CMAKE_BINARY_DIR}/generated/embedded/${target}.cpp")
  list(SORT ARGN)
  string(REPLACE ";" "|" files "${ARGN}")
  add_custom_command(
    OUTPUT "${header}" "${source}"
    COMMAND "${CMAKE_COMMAND}" "-DHEADER=${header}" "-DSOURCE=${source}" "-DNAMESPACE=${namespace}"
            "-DFILES=${files}" "-DTARGET=${target}" -P "${CMAKE_SOURCE_DIR}/packaging/cmake/EmbedFiles.cmake"
    DEPENDS ${ARGN} "${CMAKE_SOURCE_DIR}/packaging/cmake/EmbedFiles.cmake"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}" "${header}")
endfunction()
