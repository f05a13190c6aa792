// Any bytes as an entitlements file: reading must end, and what is read must take an edit that reads as intended, or
// be refused. The outline goes before libplist; whatever passes it must be harmless there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "profiles/entitlements/plist_edit.h"

using namespace sbtune::entitlements;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto list = PropertyList::Parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!list) return 0;
  const std::vector<Change> changes = {{.key = "fuzz.true"}, {.key = "fuzz.list", .strings = {"a&b", "<c>"}}};
  const auto edit = EditPlist(*list, changes);
  if (!edit) return 0;
  const auto again = PropertyList::Parse(edit->text);
  if (!again || !again->IsOn("fuzz.true")) std::abort();
  return 0;
}
