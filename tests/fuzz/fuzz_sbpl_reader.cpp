// Any bytes as a text: the reader must end, stay within its places, and read the bytes at each place of its data to
// the same data again. The first byte chooses whether mistakes are mended.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "profiles/scheme/printer.h"
#include "profiles/scheme/reader.h"

using namespace sbtune;

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// The datum at `range`, read from its own bytes only.
void CheckPlace(const base::SourceMap& sources, const scheme::Slot& slot) {
  const std::string_view whole = sources.Text(slot.range.source);
  Require(slot.range.offset <= whole.size() && slot.range.length <= whole.size() - slot.range.offset);
  base::Diagnostics diagnostics;
  scheme::Heap heap(16u << 20);
  scheme::Reader reader(heap, sources.Text(slot.range), slot.range.source, diagnostics, {});
  const auto again = reader.Next();
  Require(again.has_value() && diagnostics.items().empty());
  Require(scheme::Print(again->value, scheme::PrintStyle::kWrite) ==
          scheme::Print(slot.value, scheme::PrintStyle::kWrite));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool mend = (data[0] & 1) != 0;
  base::SourceMap sources;
  base::Diagnostics diagnostics;
  scheme::Heap heap(16u << 20);
  const base::SourceId source =
      sources.Add("fuzz", std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  scheme::ReaderOptions options{.depth = 1000};
  if (mend) options.mistakes = scheme::ReaderOptions::Mistakes::kMend;
  scheme::Reader reader(heap, sources.Text(source), source, diagnostics, options);
  std::uint32_t last = 0;
  while (const auto datum = reader.Next()) {
    Require(datum->range.offset >= last);
    last = datum->range.offset + datum->range.length;
    if (diagnostics.items().empty()) CheckPlace(sources, *datum);
  }
  for (const base::Diagnostic& diagnostic : diagnostics.items()) static_cast<void>(base::Render(diagnostic, sources));
  return 0;
}
