#include "cli/lint_report.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/text.h"
#include "profiles/lint/codes.h"

namespace sbtune::cli {
namespace {

using Json = nlohmann::ordered_json;
using lint::Finding;

std::string_view Level(base::Severity severity) {
  switch (severity) {
    case base::Severity::kError: return "error";
    case base::Severity::kWarning: return "warning";
    case base::Severity::kNote: return "note";
  }
  return "note";
}

Json Place(const base::SourceRange& range, const base::SourceMap& sources) {
  const base::LineColumn begin = sources.Locate(range.source, range.offset);
  const base::LineColumn end = sources.Locate(range.source, range.offset + range.length);
  return {{"file", base::ToValidUtf8(sources.Name(range.source))},
          {"line", begin.line},
          {"column", begin.column},
          {"end_line", end.line},
          {"end_column", end.column}};
}

Json FixJson(const lint::Fix& fix, const base::SourceMap& sources) {
  Json edits = Json::array();
  for (const lint::SourceEdit& edit : fix.edits) {
    edits.push_back({{"file", base::ToValidUtf8(sources.Name(edit.source))},
                     {"offset", edit.edit.offset},
                     {"length", edit.edit.length},
                     {"replacement", base::ToValidUtf8(edit.edit.replacement)}});
  }
  return {{"what", base::ToValidUtf8(fix.what)}, {"edits", std::move(edits)}};
}

Json FindingJson(const Finding& finding, const base::SourceMap& sources) {
  const base::Diagnostic& diagnostic = finding.diagnostic;
  Json json = {{"code", diagnostic.code},
               {"severity", Level(diagnostic.severity)},
               {"message", base::ToValidUtf8(diagnostic.message)}};
  if (!diagnostic.hint.empty()) json["hint"] = base::ToValidUtf8(diagnostic.hint);
  if (diagnostic.range.source != base::kNoSource) json["place"] = Place(diagnostic.range, sources);
  json["frames"] = Json::array();
  for (const base::Frame& frame : diagnostic.frames) {
    if (frame.range.source == base::kNoSource) continue;
    json["frames"].push_back({{"what", frame.what}, {"place", Place(frame.range, sources)}});
  }
  if (finding.fix) json["fix"] = FixJson(*finding.fix, sources);
  return json;
}

// SARIF.

// A file name as a URI reference: relative below the working folder, where code hosts look for it, else file:.
std::string Uri(std::string_view name) {
  std::error_code unreadable;
  const std::string folder = std::filesystem::current_path(unreadable).string() + "/";
  if (!unreadable && name.starts_with(folder)) name.remove_prefix(folder.size());
  while (name.starts_with("./")) name.remove_prefix(2);
  std::string uri = name.starts_with('/') ? "file://" : "";
  for (const char byte : name) {
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                       std::string_view("-._~/").find(byte) != std::string_view::npos;
    uri += plain ? std::string(1, byte) : fmt::format("%{:02X}", static_cast<unsigned char>(byte));
  }
  return uri;
}

// Columns of SARIF count characters; an invalid byte counts as the U+FFFD by which it is shown.
std::uint32_t CharacterColumn(base::SourceId source, std::uint32_t offset, const base::SourceMap& sources) {
  const std::uint32_t column = sources.Locate(source, offset).column;
  const std::string before = base::ToValidUtf8(sources.LineAt(source, offset).substr(0, column - 1));
  std::uint32_t characters = 1;
  for (const char byte : before) characters += (static_cast<unsigned char>(byte) & 0xC0) != 0x80 ? 1 : 0;
  return characters;
}

Json Region(const base::SourceRange& range, const base::SourceMap& sources) {
  const std::uint32_t end = range.offset + range.length;
  return {{"startLine", sources.Locate(range.source, range.offset).line},
          {"startColumn", CharacterColumn(range.source, range.offset, sources)},
          {"endLine", sources.Locate(range.source, end).line},
          {"endColumn", CharacterColumn(range.source, end, sources)}};
}

Json Artifact(base::SourceId source, const base::SourceMap& sources) {
  return {{"uri", Uri(sources.Name(source))}};
}

Json Location(const base::SourceRange& range, const base::SourceMap& sources) {
  return {{"artifactLocation", Artifact(range.source, sources)}, {"region", Region(range, sources)}};
}

Json SarifFix(const lint::Fix& fix, const base::SourceMap& sources) {
  std::map<base::SourceId, Json> by_file;
  for (const lint::SourceEdit& edit : fix.edits) {
    const base::SourceRange range{edit.source, edit.edit.offset, edit.edit.length};
    by_file[edit.source].push_back({{"deletedRegion", Region(range, sources)},
                                    {"insertedContent", {{"text", base::ToValidUtf8(edit.edit.replacement)}}}});
  }
  Json changes = Json::array();
  for (auto& [source, replacements] : by_file) {
    changes.push_back({{"artifactLocation", Artifact(source, sources)}, {"replacements", std::move(replacements)}});
  }
  return {{"description", {{"text", base::ToValidUtf8(fix.what)}}}, {"artifactChanges", std::move(changes)}};
}

Json RuleJson(std::string_view code) {
  Json rule = {{"id", code}};
  if (const lint::CodeInfo* info = lint::FindCode(code)) {
    rule["shortDescription"] = {{"text", info->summary}};
    rule["defaultConfiguration"] = {{"level", Level(info->severity)}};
  }
  if (const auto text = lint::Explanation(code)) rule["help"] = {{"text", *text}, {"markdown", *text}};
  return rule;
}

class Sarif {
 public:
  explicit Sarif(const base::SourceMap& sources) : sources_(sources) {
    for (const lint::CodeInfo& info : lint::Codes()) RuleIndex(std::string(info.code));
  }

  void Add(const Finding& finding) {
    const base::Diagnostic& diagnostic = finding.diagnostic;
    std::string text = diagnostic.message;
    if (!diagnostic.hint.empty()) text += "; " + diagnostic.hint;
    Json result = {{"ruleId", diagnostic.code},
                   {"ruleIndex", RuleIndex(diagnostic.code)},
                   {"level", Level(diagnostic.severity)},
                   {"message", {{"text", base::ToValidUtf8(text)}}}};
    if (diagnostic.range.source != base::kNoSource) {
      result["locations"] = Json::array({{{"physicalLocation", Location(diagnostic.range, sources_)}}});
    }
    result["partialFingerprints"] = {{"sbtuneFinding/v1", Fingerprint(diagnostic)}};
    AddFrames(diagnostic.frames, result);
    if (finding.fix) result["fixes"] = Json::array({SarifFix(*finding.fix, sources_)});
    results_.push_back(std::move(result));
  }

  std::string Text() {
    const Json driver = {{"name", "sbtune"}, {"version", SBTUNE_VERSION}, {"rules", std::move(rules_)}};
    const Json run = {{"tool", {{"driver", driver}}},
                      {"columnKind", "unicodeCodePoints"},
                      {"results", std::move(results_)}};
    const Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", Json::array({run})}};
    return log.dump(2);
  }

 private:
  // The same as long as the code, the file and the text found fault with are: lines may move. Twins are counted.
  std::string Fingerprint(const base::Diagnostic& diagnostic) {
    std::string key = diagnostic.code;
    if (diagnostic.range.source != base::kNoSource) {
      key += "\n" + Uri(sources_.Name(diagnostic.range.source)) + "\n" + std::string(sources_.Text(diagnostic.range));
    } else {
      key += "\n" + diagnostic.message;
    }
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char byte : key) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    return fmt::format("{:016x}:{}", hash, ++twins_[hash]);
  }

  std::size_t RuleIndex(const std::string& code) {
    const auto [at, is_new] = index_.try_emplace(code, rules_.size());
    if (is_new) rules_.push_back(RuleJson(code));
    return at->second;
  }

  void AddFrames(const std::vector<base::Frame>& frames, Json& result) const {
    Json related = Json::array();
    for (const base::Frame& frame : frames) {
      if (frame.range.source == base::kNoSource) continue;
      related.push_back({{"id", related.size()},
                         {"physicalLocation", Location(frame.range, sources_)},
                         {"message", {{"text", frame.what}}}});
    }
    if (!related.empty()) result["relatedLocations"] = std::move(related);
  }

  const base::SourceMap& sources_;
  std::map<std::string, std::size_t> index_;
  std::map<std::uint64_t, int> twins_;
  Json rules_ = Json::array();
  Json results_ = Json::array();
};

}  // namespace

std::string LintJson(const sbpl::LoadResult& loaded, std::span<const Finding> findings) {
  Json json = {{"format", "sbtune-lint"}, {"version", 1}, {"macos", loaded.profile.macos}, {"loaded", loaded.ok()}};
  json["findings"] = Json::array();
  std::map<std::string, int> counts;
  for (const Finding& finding : findings) {
    json["findings"].push_back(FindingJson(finding, loaded.profile.sources));
    ++counts[finding.diagnostic.code];
  }
  json["counts"] = counts;
  if (counts.empty()) json["counts"] = Json::object();
  return json.dump(2);
}

std::string LintSarif(const sbpl::LoadResult& loaded, std::span<const Finding> findings) {
  Sarif sarif(loaded.profile.sources);
  for (const Finding& finding : findings) sarif.Add(finding);
  return sarif.Text();
}

}  // namespace sbtune::cli
