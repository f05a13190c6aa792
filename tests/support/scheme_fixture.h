// One evaluation of bare Scheme, for tests: no words of the profile language.
//
//   test::Scheme scheme;
//   CHECK(scheme.Eval("(+ 1 2)") == "3");       // printed as `write` does, or the rendered error
#pragma once

#include <string>

#include "profiles/scheme/machine.h"
#include "profiles/scheme/printer.h"
#include "profiles/scheme/reader.h"

namespace sbtune::test {

class PlainHost final : public scheme::Host {
 public:
  scheme::Value ResolveUnbound(scheme::Machine&, scheme::Symbol&, Position, const scheme::Value&,
                               base::SourceRange) override {
    return {};
  }
  void DescribeUnbound(const scheme::Machine&, std::string_view, Position, const scheme::Value&,
                       base::Diagnostic&) override {}
  bool MayBeSkipped(const scheme::Value&) override { return false; }
  std::string HintForWrongType(const scheme::Value&) override { return ""; }
  bool ApplyForeign(const scheme::Call&, scheme::Foreign&) override { return false; }
};

class Scheme {
 public:
  explicit Scheme(scheme::MachineOptions options = {}, std::uint64_t memory_bytes = 64u << 20)
      : heap_(memory_bytes), machine_(heap_, sources_, diagnostics_, options, host_) {
    scheme::InstallScheme(machine_);
  }

  // The value of the last form in `text`, or everything that was said about it.
  std::string Eval(const std::string& text) {
    diagnostics_ = {};
    const base::SourceId source = sources_.Add("t.scm", text);
    scheme::Reader reader(heap_, sources_.Text(source), source, diagnostics_, {.depth = machine_.options().depth});
    std::optional<scheme::Value> value = scheme::Value::Nil();
    while (const auto datum = reader.Next()) {
      value = machine_.Run(datum->value, datum->range);
      if (!value) break;
    }
    const std::string said = Said();
    if (said.empty() && !value) return "nothing";
    return said.empty() ? scheme::Print(*value, scheme::PrintStyle::kWrite) : said;
  }

  // Codes of what was said, joined by blanks.
  [[nodiscard]] std::string Codes() const {
    std::string codes;
    for (const base::Diagnostic& item : diagnostics_.items()) codes += (codes.empty() ? "" : " ") + item.code;
    return codes;
  }
  [[nodiscard]] std::string Said() const {
    std::string text;
    for (const base::Diagnostic& item : diagnostics_.items()) text += base::Render(item, sources_);
    return text;
  }
  [[nodiscard]] scheme::Heap& heap() { return heap_; }
  [[nodiscard]] scheme::Machine& machine() { return machine_; }

 private:
  base::SourceMap sources_;
  base::Diagnostics diagnostics_;
  PlainHost host_;
  scheme::Heap heap_;
  scheme::Machine machine_;
};

}  // namespace sbtune::test
