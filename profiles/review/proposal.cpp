#include "profiles/review/proposal.h"

#include <map>

#include <nlohmann/json.hpp>

#include "core/base/sha256.h"
#include "core/base/text.h"

namespace sbtune::review {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "sbtune-proposal";
constexpr int kVersion = 1;

// Bytes that are no UTF-8 become {"hex": "…"}.
Json FromBytes(const std::string& bytes) {
  if (base::IsValidUtf8(bytes)) return bytes;
  std::string hex;
  for (const char byte : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    hex += "0123456789abcdef"[byte & 0xf];
  }
  return Json{{"hex", hex}};
}

Json FromTexts(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(FromBytes(text));
  return list;
}

Json Loading(const Proposal& proposal) {
  Json json;
  json["paths"] = FromTexts(proposal.load.paths);
  json["parameters"] = Json::array();
  for (const auto& [name, value] : proposal.load.parameters) {
    json["parameters"].push_back({FromBytes(name), FromBytes(value)});
  }
  json["placeholders"] = proposal.load.missing_parameters == sbpl::MissingParameters::kPlaceholder;
  json["import_dirs"] = FromTexts(proposal.load.import_dirs);
  json["defines"] = FromTexts(proposal.load.preprocessor_defines);
  json["entitlements"] = FromBytes(proposal.load.entitlements_json);
  json["macos"] = FromBytes(proposal.load.macos);
  json["lenient"] = proposal.load.strictness == sbpl::Strictness::kLenient;
  json["case_sensitive"] = proposal.policy.case_rule == sbpl::CaseRule::kExact;
  json["facts"] = Json::array();
  for (const sbpl::Fact& fact : proposal.policy.facts) {
    json["facts"].push_back({static_cast<int>(fact.kind), FromBytes(fact.name), FromBytes(fact.value)});
  }
  return json;
}

Json WithoutDigest(const Proposal& proposal) {
  Json json;
  json["format"] = kFormat;
  json["version"] = kVersion;
  json["load"] = Loading(proposal);
  json["allows"] = Json::array();
  for (const ProposedAccess& access : proposal.allows) {
    json["allows"].push_back({FromBytes(access.operation), access.target ? FromBytes(*access.target) : Json(nullptr)});
  }
  json["files"] = Json::array();
  for (const ProposedFile& file : proposal.files) {
    Json entry;
    entry["path"] = FromBytes(file.path);
    entry["old_sha256"] = FromBytes(file.old_sha256);
    entry["text"] = FromBytes(file.text);
    json["files"].push_back(std::move(entry));
  }
  return json;
}

// Reads what the writer above wrote. Anything else is remembered as broken and read as nothing: in the end the text
// must be what the writer makes of the result anyway.
class Reader {
 public:
  Proposal Read(const Json& json) {
    Proposal proposal;
    ReadLoading(At(json, "load"), proposal);
    for (const Json& entry : List(At(json, "allows"))) {
      const Json& target = Item(entry, 1);
      proposal.allows.push_back({Bytes(Item(entry, 0)), target.is_null() ? std::nullopt : std::optional(Bytes(target))});
    }
    for (const Json& entry : List(At(json, "files"))) {
      proposal.files.push_back({Bytes(At(entry, "path")), Bytes(At(entry, "old_sha256")), Bytes(At(entry, "text"))});
    }
    return proposal;
  }

 private:
  void ReadLoading(const Json& json, Proposal& proposal) {
    proposal.load.paths = Texts(At(json, "paths"));
    for (const Json& entry : List(At(json, "parameters"))) {
      proposal.load.parameters.insert_or_assign(Bytes(Item(entry, 0)), Bytes(Item(entry, 1)));
    }
    if (Truth(At(json, "placeholders"))) proposal.load.missing_parameters = sbpl::MissingParameters::kPlaceholder;
    proposal.load.import_dirs = Texts(At(json, "import_dirs"));
    proposal.load.preprocessor_defines = Texts(At(json, "defines"));
    proposal.load.entitlements_json = Bytes(At(json, "entitlements"));
    proposal.load.macos = Bytes(At(json, "macos"));
    if (Truth(At(json, "lenient"))) proposal.load.strictness = sbpl::Strictness::kLenient;
    if (Truth(At(json, "case_sensitive"))) proposal.policy.case_rule = sbpl::CaseRule::kExact;
    for (const Json& entry : List(At(json, "facts"))) {
      proposal.policy.facts.push_back({Kind(Item(entry, 0)), Bytes(Item(entry, 1)), Bytes(Item(entry, 2))});
    }
  }

  static sbpl::Fact::Kind Kind(const Json& json) {
    const int number = json.is_number_unsigned() && json.get<std::uint64_t>() <= 2 ? json.get<int>() : 0;
    return static_cast<sbpl::Fact::Kind>(number);
  }
  static bool Truth(const Json& json) { return json.is_boolean() && json.get<bool>(); }

  const Json& At(const Json& json, const char* key) const {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return json.is_object() && found != json.end() ? *found : nothing_;
  }
  const Json& Item(const Json& json, std::size_t index) const {
    return json.is_array() && index < json.size() ? json[index] : nothing_;
  }
  const Json& List(const Json& json) const { return json.is_array() ? json : empty_; }

  std::vector<std::string> Texts(const Json& json) const {
    std::vector<std::string> texts;
    for (const Json& text : List(json)) texts.push_back(Bytes(text));
    return texts;
  }

  std::string Bytes(const Json& json) const {
    if (json.is_string()) return json.get<std::string>();
    const Json& hex = At(json, "hex");
    std::string bytes;
    if (!hex.is_string()) return bytes;
    const std::string digits = hex.get<std::string>();
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
      bytes += static_cast<char>(Digit(digits[i]) << 4 | Digit(digits[i + 1]));
    }
    return bytes;
  }
  static int Digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0; }

  Json nothing_ = nullptr;
  Json empty_ = Json::array();
};

}  // namespace

std::string DigestOf(const Proposal& proposal) { return base::Sha256Hex(WithoutDigest(proposal).dump()); }

std::string ToText(const Proposal& proposal) {
  Json json = WithoutDigest(proposal);
  json["digest"] = base::Sha256Hex(json.dump());
  return json.dump(1) + "\n";
}

base::Result<Proposal> ParseProposal(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("format", Json()) != kFormat) {
    return base::Fail("this is no proposal; `sbtune suggest --save FILE` makes one");
  }
  if (json.value("version", Json()) != kVersion) {
    return base::Fail("the proposal was written by another version of sbtune; make it again with `sbtune suggest --save`");
  }
  Proposal proposal = Reader().Read(json);
  if (ToText(proposal) == text) return proposal;
  return base::Fail("the proposal was changed after it was saved: its digest does not match; make it again with "
                    "`sbtune suggest --save`");
}

}  // namespace sbtune::review
