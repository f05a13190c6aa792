#include "profiles/sbpl/load/evaluation.h"

#include <algorithm>
#include <fmt/format.h>

#include "profiles/sbpl/load/preprocess.h"
#include "profiles/scheme/reader.h"

namespace sbtune::sbpl {
namespace {

scheme::MachineOptions MachineOptionsOf(const LoadOptions& options) {
  scheme::MachineOptions machine{.steps = options.limits.steps, .depth = options.limits.depth};
  if (options.strictness == Strictness::kLenient) machine.mistakes = scheme::MachineOptions::Mistakes::kSkip;
  return machine;
}

// The flat lists that others derived with an interpreter rebuilt from libsandbox of 10.12 to 10.15 lose what
// string-append adds behind a raw string, in each of the profiles that have it. Nobody could check a real system,
// nor a newer one: for these versions we follow, and warn; for all others strings are strings.
bool RawStringsEnd(const catalog::Catalog& catalog) { return catalog.version().starts_with("10."); }

}  // namespace

Evaluation::Evaluation(const LoadOptions& options, const catalog::Catalog& catalog, ProfileFiles& files,
                       LoadResult& result)
    : options_(options),
      catalog_(catalog),
      disk_(files),
      result_(result),
      heap_(options.limits.memory_bytes),
      machine_(heap_, result.profile.sources, result.diagnostics, MachineOptionsOf(options), *this) {
  sinks_.push_back(&result.profile.rules);
  scheme::InstallScheme(machine_);
  InstallOperations(*this, machine_);
  InstallFilters(*this, machine_);
  InstallModifiers(*this, machine_);
  InstallActions(machine_);
  InstallSurroundings(machine_);
  InstallDirectives(*this, machine_);
  InstallEntitlements(*this, machine_);
}

void Evaluation::Run() {
  std::vector<File*> fragments;
  for (const std::string& path : options_.paths) {
    base::Result<std::string> text = disk_.Read(path);
    if (!text) {
      result_.diagnostics.Error("unreadable", text.error().message, {});
      continue;
    }
    File* file = ReadFile(path, std::move(*text));
    if (file == nullptr) continue;
    result_.profile.fragments.push_back(file->source);
    fragments.push_back(file);
  }
  if (result_.diagnostics.HasErrors() && options_.strictness == Strictness::kAsTheKernel) return;
  for (File* file : fragments) {
    for (scheme::Value rest = file->forms; rest.is(scheme::Type::kPair); rest = rest.pair()->cdr) {
      result_.profile.top_level_forms.push_back(rest.pair()->car_range);
    }
    PushForms(*file);
    if (!machine_.RunFrames()) return;
  }
  Finish();
}

void Evaluation::Finish() {
  const scheme::Value finalize = heap_.Intern("%finalize")->global;
  static_cast<void>(machine_.RunCall(finalize, {}, {}));
  if (!result_.profile.version && !result_.diagnostics.HasErrors()) {
    result_.diagnostics.Warning("missing-version", "the profile does not say (version 1)", {},
                                "the system refuses it as it stands; begin the first file with (version 1)");
  }
  TellParameters();
  FindHelpers();
}

void Evaluation::TellParameters() {
  std::string placeholders;
  const ParameterUse* first = nullptr;
  for (const auto& [name, use] : parameter_uses_) {
    result_.profile.parameters_used.push_back(name);
    result_.profile.parameter_uses.push_back(use);
    if (use.given || use.tested || options_.missing_parameters == MissingParameters::kFalse) continue;
    placeholders += (placeholders.empty() ? "" : ", ") + name;
    if (first == nullptr) first = &use;
  }
  if (first == nullptr) return;
  result_.diagnostics.Add({base::Severity::kNote, "placeholder-parameters",
                           fmt::format("not given, so each stands for its own name: {}", placeholders), first->range,
                           "give one with -D NAME=VALUE", {}});
}

void Evaluation::UseParameter(std::string_view name, bool given, base::SourceRange range) {
  auto [use, first] = parameter_uses_.try_emplace(std::string(name));
  if (first) {
    heap_.Charge(sizeof(ParameterUse) + 2 * name.size());
    use->second = {std::string(name), given, false, range};
  }
  use->second.tested = use->second.tested || machine_.NextIsTest();
}

// A profile reaches the system as a C string.
std::optional<base::Diagnostic> NotText(std::string_view text, base::SourceId source) {
  const std::size_t nul = text.find('\0');
  const bool is_utf16 = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
  if (nul == std::string_view::npos && !is_utf16) return std::nullopt;
  const auto at = static_cast<std::uint32_t>(is_utf16 ? 0 : nul);
  return base::Diagnostic{base::Severity::kError, "not-text",
                          is_utf16 ? "the file is UTF-16; a profile is read byte by byte" : "a NUL byte: this is no profile's text",
                          {source, at, at + 1},
                          is_utf16 ? "convert it: iconv -f UTF-16 -t UTF-8" : "name the profile's source, not a compiled one",
                          {}};
}

Evaluation::File* Evaluation::ReadFile(const std::string& path, std::string text) {
  heap_.Charge(text.size());
  const base::SourceId source = result_.profile.sources.Add(path, std::move(text));
  const base::SourceMap& sources = result_.profile.sources;
  if (auto mistake = NotText(sources.Text(source), source)) {
    result_.diagnostics.Add(std::move(*mistake));
    return nullptr;
  }
  base::Diagnostics mistakes;
  const std::string readable = Preprocess(sources.Text(source), source, options_.preprocessor_defines, mistakes);
  for (const base::Diagnostic& mistake : mistakes.items()) result_.diagnostics.Add(mistake);
  if (mistakes.HasErrors()) return nullptr;
  scheme::ReaderOptions reader_options{.depth = options_.limits.depth};
  if (options_.strictness == Strictness::kLenient) {
    reader_options.mistakes = scheme::ReaderOptions::Mistakes::kMend;
  }
  if (RawStringsEnd(catalog_)) reader_options.raw_strings = scheme::ReaderOptions::RawStrings::kEndTheirText;
  scheme::Reader reader(heap_, readable, source, result_.diagnostics, reader_options);
  std::vector<scheme::Slot> forms;
  while (const std::optional<scheme::Slot> datum = reader.Next()) forms.push_back(*datum);
  if (reader.failed()) return nullptr;
  return &files_.emplace_back(File{path, source, heap_.List(forms)});
}

// One frame a file: frame.first is what is left of its forms.
void Evaluation::PushForms(File& file) {
  file.evaluating = true;
  open_files_.push_back(&file);
  scheme::Frame frame{.resume = ResumeForms, .first = file.forms, .range = {file.source, 0, 0}};
  frame.base = machine_.SlotCount();
  frame.unwind = CloseForms;
  frame.recovery = scheme::Frame::Recovery::kResume;
  machine_.Push(frame);
  machine_.Return(scheme::Value::Nil());
}

void Evaluation::CloseForms(scheme::Machine& machine, scheme::Frame&) {
  Evaluation& evaluation = Of(machine);
  evaluation.open_files_.back()->evaluating = false;
  evaluation.open_files_.pop_back();
}

void Evaluation::ResumeForms(scheme::Machine& machine, scheme::Frame& frame) {
  if (!frame.first.is(scheme::Type::kPair)) {
    CloseForms(machine, frame);
    return machine.Return(scheme::Value::Nil());
  }
  const scheme::Pair& pair = *frame.first.pair();
  frame.first = pair.cdr;
  machine.Push(frame);
  machine.Eval(pair.car, pair.car_range, nullptr);
}

void Evaluation::AddRule(Rule rule, std::uint64_t weight) {
  heap_.Charge(weight);
  if (sinks_.back()->size() >= options_.limits.rules) {
    return machine_.Fail("rule-limit", fmt::format("the profile makes more than {} rules", options_.limits.rules),
                         rule.range);
  }
  sinks_.back()->push_back(std::move(rule));
}

void Evaluation::OpenMessageFilter() {
  sinks_.push_back(&message_rules_.emplace_back());
  outer_surroundings_.push_back(surrounding_);
  surrounding_ = nullptr;
}

const std::vector<Rule>* Evaluation::CloseMessageFilter() {
  const std::vector<Rule>* rules = sinks_.back();
  sinks_.pop_back();
  surrounding_ = outer_surroundings_.back();
  outer_surroundings_.pop_back();
  return rules;
}

void Evaluation::SetVersion(std::int64_t version, base::SourceRange range) {
  if (version < 1 || version > 3) {
    return machine_.Fail("bad-version", fmt::format("there is no version {} of the profile language", version), range,
                         "profiles say (version 1); 2 and 3 are known of newer systems");
  }
  if (result_.profile.version && *result_.profile.version != version) {
    return machine_.Fail("second-version",
                         fmt::format("the profile said (version {}) before", *result_.profile.version), range);
  }
  result_.profile.version = version;
}

}  // namespace sbtune::sbpl
