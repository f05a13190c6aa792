// One evaluation of a profile: the Scheme machine with the words of the profile language bound in it, and what
// they collect. Internal to the loader; profile.h is the door.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/load/objects.h"
#include "profiles/sbpl/profile.h"
#include "profiles/scheme/machine.h"

namespace sbtune::sbpl {

// What (with-filter …), (with-modifier …), (with-operations …) add to every rule inside.
struct Surrounding {
  const Surrounding* outer;
  const FilterNode* filter;
  const ModifierNode* modifier;
  std::span<const scheme::Slot> operations;
};

class Evaluation final : public scheme::Host {
 public:
  Evaluation(const LoadOptions& options, const catalog::Catalog& catalog, ProfileFiles& files, LoadResult& result);

  // Evaluates the fragments one after the other; everything found goes into the result.
  void Run();

  // For the words of the language (actions.cpp, filters.cpp, …).
  [[nodiscard]] static Evaluation& Of(scheme::Machine& machine) { return static_cast<Evaluation&>(machine.host()); }
  [[nodiscard]] const catalog::Catalog& catalog() const { return catalog_; }
  [[nodiscard]] const LoadOptions& options() const { return options_; }
  [[nodiscard]] scheme::Heap& heap() { return heap_; }
  [[nodiscard]] Profile& profile() { return result_.profile; }

  [[nodiscard]] scheme::Value OperationValue(const catalog::Operation& operation);
  // Null after reporting that filters are nested too deep.
  [[nodiscard]] const FilterNode* MakeFilter(FilterNode node);
  void AddRule(Rule rule, std::uint64_t weight);
  [[nodiscard]] const Surrounding* surrounding() const { return surrounding_; }
  void SetSurrounding(const Surrounding* surrounding) { surrounding_ = surrounding; }
  // While a message filter is open its rules are collected apart.
  void OpenMessageFilter();
  [[nodiscard]] const std::vector<Rule>* CloseMessageFilter();

  // Whether this is the first time that the word is remarked on.
  [[nodiscard]] bool FirstUse(std::string_view word) { return remarked_.emplace(word).second; }
  void UseParameter(std::string_view name, bool given, base::SourceRange range);
  void SetVersion(std::int64_t version, base::SourceRange range);
  // Pushes the file's forms to be evaluated; fails the machine when it cannot.
  void Import(const std::string& name, base::SourceRange range);

  scheme::Value ResolveUnbound(scheme::Machine& machine, scheme::Symbol& name, Position position,
                               const scheme::Value& callee, base::SourceRange range) override;
  void DescribeUnbound(const scheme::Machine& machine, std::string_view name, Position position,
                       const scheme::Value& callee, base::Diagnostic& diagnostic) override;
  bool MayBeSkipped(const scheme::Value& callee) override;
  std::string HintForWrongType(const scheme::Value& value) override;
  bool ApplyForeign(const scheme::Call& call, scheme::Foreign& object) override;

 private:
  struct File {
    std::string path;
    base::SourceId source;
    scheme::Value forms;  // a list
    bool evaluating = false;
  };

  // Reads and parses; nothing after a mistake, which has been reported (in the machine, for an import).
  [[nodiscard]] File* ReadFile(const std::string& path, std::string text);
  [[nodiscard]] std::optional<std::string> FindImport(const std::string& name, const std::string& importer);
  [[nodiscard]] std::string CurrentFolder() const;
  void PushForms(File& file);
  static void ResumeForms(scheme::Machine& machine, scheme::Frame& frame);
  static void CloseForms(scheme::Machine& machine, scheme::Frame& frame);
  void Finish();
  void TellParameters();
  void FindHelpers();  // helpers.cpp
  [[nodiscard]] std::optional<Helper> Probe(scheme::Symbol& name);

  const LoadOptions& options_;
  const catalog::Catalog& catalog_;
  ProfileFiles& disk_;
  LoadResult& result_;
  scheme::Heap heap_;
  scheme::Machine machine_;

  std::deque<File> files_;
  std::vector<File*> open_files_;  // innermost last
  std::uint32_t imports_ = 0;
  const Surrounding* surrounding_ = nullptr;
  std::vector<const Surrounding*> outer_surroundings_;  // of the message filters that are open
  std::deque<std::vector<Rule>> message_rules_;
  std::vector<std::vector<Rule>*> sinks_;
  std::map<std::string, ParameterUse, std::less<>> parameter_uses_;
  std::set<std::string, std::less<>> remarked_;  // words that a note was given on
  std::optional<base::SourceRange> version_range_;
};

// "RULE" from the parts of an allow or deny; `weight` gets its size in bytes.
[[nodiscard]] Filter WriteOut(const FilterNode& node);
[[nodiscard]] Modifier WriteOut(const ModifierNode& node);

void InstallActions(scheme::Machine& machine);       // allow deny delegate
void InstallSurroundings(scheme::Machine& machine);  // with-filter with-modifier with-operations …
void InstallFilters(Evaluation& evaluation, scheme::Machine& machine);
void InstallModifiers(Evaluation& evaluation, scheme::Machine& machine);
void InstallOperations(Evaluation& evaluation, scheme::Machine& machine);
void InstallEntitlements(Evaluation& evaluation, scheme::Machine& machine);
void InstallDirectives(Evaluation& evaluation, scheme::Machine& machine);  // version import param …
// The filter that the procedure makes, if it is one of the catalog's.
[[nodiscard]] const catalog::Filter* FilterOf(const scheme::Value& procedure);
[[nodiscard]] bool IsWith(const scheme::Value& callee);
[[nodiscard]] bool IsAction(const scheme::Value& callee);

}  // namespace sbtune::sbpl
