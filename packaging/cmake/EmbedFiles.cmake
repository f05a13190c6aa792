# Script mode: writes SOURCE and HEADER that hold FILES (separated by |) as byte strings. See SbtuneEmbed.cmake.
string(REPLACE "|" ";" files "${FILES}")
set(entries "")
set(arrays "")
set(index 0)
foreach(file IN LISTS files)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char kFile${index}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${name}\", {reinterpret_cast<const char*>(kFile${index}), sizeof(kFile${index}) - 1}},\n")
  math(EXPR index "${index} + 1")
endforeach()
file(WRITE "${HEADER}" "// Generated from text files of the tree.
#pragma once
#include <span>
#include <string_view>
namespace ${NAMESPACE} {
struct EmbeddedFile { std::string_view name; std::string_view text; };
std::span<const EmbeddedFile> Embedded();
}
")
file(WRITE "${SOURCE}" "#include \"embedded/${TARGET}.h\"
namespace ${NAMESPACE} {
namespace {
${arrays}}  // namespace
std::span<const EmbeddedFile> Embedded() {
  static const EmbeddedFile files[] = {
${entries}  };
  return files;
}
}  // namespace ${NAMESPACE}
")
