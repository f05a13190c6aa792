#include "profiles/sbpl/edit/rule_form.h"

#include "core/base/diagnostics.h"
#include "profiles/scheme/heap.h"
#include "profiles/scheme/reader.h"

namespace sbtune::sbpl {
namespace {

constexpr std::uint64_t kHeapBytes = 64u << 20;  // one form; the loader has read it before under its own limits

std::optional<scheme::Slot> ReadDatum(const base::SourceMap& sources, base::SourceRange range, scheme::Heap& heap) {
  base::Diagnostics diagnostics;
  scheme::Reader reader(heap, sources.Text(range.source), range.source, diagnostics, {});
  reader.SkipTo(range.offset);
  std::optional<scheme::Slot> datum = reader.Next();
  if (diagnostics.HasErrors() || heap.exhausted() || !datum || datum->range != range) return std::nullopt;
  return datum;
}

FormPart ReadPart(const scheme::Pair& cell) {
  FormPart part;
  part.range = cell.car_range;
  if (cell.car.is(scheme::Type::kSymbol)) {
    part.kind = FormPart::Kind::kSymbol;
    part.word = cell.car.symbol()->name;
  }
  if (!cell.car.is(scheme::Type::kPair)) return part;
  part.kind = FormPart::Kind::kList;
  const scheme::Pair& head = *cell.car.pair();
  if (head.car.is(scheme::Type::kSymbol)) part.word = head.car.symbol()->name;
  part.only_strings = true;
  scheme::Value rest = head.cdr;
  for (; rest.is(scheme::Type::kPair); rest = rest.pair()->cdr) {
    part.arguments.push_back(rest.pair()->car_range);
    part.only_strings = part.only_strings && rest.pair()->car.is(scheme::Type::kString);
  }
  return part;
}

}  // namespace

std::optional<RuleForm> ReadRuleForm(const base::SourceMap& sources, base::SourceRange range) {
  scheme::Heap heap(kHeapBytes);
  const std::optional<scheme::Slot> datum = ReadDatum(sources, range, heap);
  if (!datum || !datum->value.is(scheme::Type::kPair)) return std::nullopt;
  const scheme::Pair& head = *datum->value.pair();
  if (!head.car.is(scheme::Type::kSymbol)) return std::nullopt;
  RuleForm form{range, std::string(head.car.symbol()->name), {}};
  scheme::Value rest = head.cdr;
  for (; rest.is(scheme::Type::kPair); rest = rest.pair()->cdr) form.parts.push_back(ReadPart(*rest.pair()));
  if (!rest.is_nil()) return std::nullopt;
  return form;
}

}  // namespace sbtune::sbpl
