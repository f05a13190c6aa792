// Any bytes as a profile: loading must end within its limits, and what it yields must be whole: every rule has an
// operation, every place lies in a text, and what is printed loads to the same print again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "profiles/sbpl/print.h"
#include "profiles/sbpl/profile.h"

using namespace sbtune;

namespace {

constexpr sbpl::Limits kLimits{.steps = 50'000, .depth = 500, .memory_bytes = 8u << 20, .rules = 500, .imports = 20};

// "b.sb" imports the profile itself; every other name is missing.
class OneFile final : public sbpl::ProfileFiles {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  base::Result<std::string> Read(const std::string& path) override {
    if (path == "a.sb") return text_;
    if (path == "b.sb") return std::string("(define imported #t) (import \"a.sb\")");
    return base::Fail("no such file");
  }
  bool Exists(const std::string& path) override { return path == "a.sb" || path == "b.sb"; }

 private:
  std::string text_;
};

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckRange(const base::SourceMap& sources, base::SourceRange range) {
  if (range.source != base::kNoSource) static_cast<void>(sources.Text(range));  // asserts
}

void CheckFilter(const base::SourceMap& sources, const sbpl::Filter& filter) {
  Require(!filter.name.empty());
  CheckRange(sources, filter.range);
  for (const sbpl::Argument& argument : filter.arguments) CheckRange(sources, argument.range);
  for (const sbpl::Filter& sub : filter.subfilters) CheckFilter(sources, sub);
}

sbpl::LoadResult Load(const std::string& text, sbpl::Strictness strictness) {
  OneFile files(text);
  sbpl::LoadOptions options;
  options.paths = {"a.sb"};
  options.parameters = {{"HOME", "/Users/me"}, {"TMPDIR", "/private/tmp"}};
  options.preprocessor_defines = {"X", "PLATFORM(MAC)"};
  options.entitlements_json = R"({"a": true, "b": ["/x"]})";
  options.strictness = strictness;
  options.limits = kLimits;
  return sbpl::LoadProfile(options, files);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto strictness = (data[0] & 1) != 0 ? sbpl::Strictness::kLenient : sbpl::Strictness::kAsTheKernel;
  const sbpl::LoadResult result = Load(std::string(reinterpret_cast<const char*>(data) + 1, size - 1), strictness);
  const base::SourceMap& sources = result.profile.sources;
  for (const base::Diagnostic& item : result.diagnostics.items()) static_cast<void>(base::Render(item, sources));
  std::string printed;
  for (const sbpl::Rule& rule : result.profile.rules) {
    Require(!rule.operations.empty());
    CheckRange(sources, rule.range);
    for (const sbpl::Filter& filter : rule.filters) CheckFilter(sources, filter);
    printed += sbpl::Print(rule) + "\n";
  }
  if (!result.ok() || printed.size() > 20'000) return 0;
  const sbpl::LoadResult again = Load(printed, sbpl::Strictness::kAsTheKernel);
  if (!again.ok()) return 0;  // the print may need more steps than the profile did
  std::string reprinted;
  for (const sbpl::Rule& rule : again.profile.rules) reprinted += sbpl::Print(rule) + "\n";
  Require(printed == reprinted);
  return 0;
}
