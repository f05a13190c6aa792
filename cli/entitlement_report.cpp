#include "cli/entitlement_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/json_bytes.h"
#include "cli/suggest_report.h"
#include "cli/times.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kShown = 20;    // entries of a list; --json has all
constexpr std::size_t kExamples = 3;  // denials shown for a key

std::string Denials(std::size_t count) {
  return fmt::format("{} denial{}", base::GroupDigits(count), count == 1 ? "" : "s");
}

class TextReport {
 public:
  explicit TextReport(const EntitlementReport& report) : report_(report), advice_(report.advice) {}

  std::string Make() {
    if (advice_.denials == 0) return "No denials to ask about.\n";
    const std::size_t keys = advice_.suggestions.size();
    out_ += fmt::format("{}: {} granted by {} key{}, {} left.\n", Denials(advice_.denials),
                        base::GroupDigits(advice_.covered()), keys, keys == 1 ? "" : "s",
                        base::GroupDigits(advice_.left.size()));
    if (!advice_.sandboxed) {
      out_ += base::EscapeForTerminal(report_.file) +
              " does not turn com.apple.security.app-sandbox on: if the app runs under another profile, ask with "
              "--profile instead.\n";
    }
    Keys();
    Left();
    return std::move(out_);
  }

 private:
  void Keys() {
    if (advice_.suggestions.empty()) return;
    out_ += "\nAdded:\n";
    for (const entitlements::Suggestion& made : advice_.suggestions) Key(made);
    out_ +=
        "\nProven: the edited file, read again, holds the old entries and these and nothing else. That a key grants its\n"
        "denials is what the pages named above and Apple's profile of macOS 10.15.2 say; nobody has tried it on a Mac.\n";
  }

  void Key(const entitlements::Suggestion& made) {
    const entitlements::Key& key = *made.key;
    out_ += "  " + key.name;
    for (std::size_t i = 0; i < std::min(kShown, made.strings.size()); ++i) {
      out_ += (i == 0 ? ": " : ", ") + base::EscapeForTerminal(made.strings[i]);
    }
    if (made.strings.size() > kShown) out_ += fmt::format(", {} more", made.strings.size() - kShown);
    if (!made.instead_of.empty()) out_ += " instead of " + made.instead_of;
    out_ += fmt::format("\n      lets the app {}\n      covers {}: {}\n", key.meaning, Denials(made.evidence.size()),
                        Examples(made.evidence));
    if (key.standing == entitlements::Standing::kChosen) {
      out_ += "      the key alone opens nothing: the user must choose the file\n";
    }
    if (key.standing == entitlements::Standing::kException) {
      out_ += "      a temporary exception: the App Store wants a reason for it and commonly refuses it\n";
    }
    if (!key.same.empty()) out_ += fmt::format("      the same as {}\n", fmt::join(key.same, ", "));
    if (!key.needs.empty()) out_ += "      also takes " + key.needs + "\n";
    out_ += fmt::format("      source: {}\n", fmt::join(key.sources, "; "));
  }

  std::string Examples(const std::vector<std::size_t>& evidence) const {
    std::vector<std::string> shown;
    for (const std::size_t index : evidence) {
      if (shown.size() < kExamples) shown.push_back(ShowEvidence(report_.evidence[index]));
    }
    std::string text = fmt::format("{}", fmt::join(shown, ", "));
    if (evidence.size() > kExamples) text += fmt::format(" and {} more", evidence.size() - kExamples);
    return text;
  }

  void Left() {
    if (advice_.left.empty()) return;
    out_ += "\nLeft, no key:\n";
    for (std::size_t i = 0; i < std::min(kShown, advice_.left.size()); ++i) {
      const entitlements::Left& left = advice_.left[i];
      out_ += fmt::format("  {}\n      {}\n", ShowEvidence(report_.evidence[left.evidence]),
                          base::EscapeForTerminal(left.text));
    }
    if (advice_.left.size() > kShown) {
      out_ += fmt::format("  ... and {} more; --json lists all\n", base::GroupDigits(advice_.left.size() - kShown));
    }
  }

  const EntitlementReport& report_;
  const entitlements::Advice& advice_;
  std::string out_;
};

Json ToJson(const entitlements::Suggestion& made) {
  Json json;
  json["key"] = made.key->name;
  json["strings"] = JsonTexts(made.strings);
  json["instead_of"] = made.instead_of.empty() ? Json(nullptr) : Json(made.instead_of);
  json["standing"] = entitlements::Name(made.key->standing);
  json["meaning"] = made.key->meaning;
  json["same"] = made.key->same;
  json["needs"] = made.key->needs.empty() ? Json(nullptr) : Json(made.key->needs);
  json["sources"] = made.key->sources;
  json["evidence"] = made.evidence;
  return json;
}

Json ToJson(const entitlements::Left& left) {
  Json json;
  json["evidence"] = left.evidence;
  json["reason"] = entitlements::Name(left.reason);
  json["text"] = base::ToValidUtf8(left.text);
  json["key"] = left.key == nullptr ? Json(nullptr) : Json(left.key->name);
  return json;
}

Json ToJson(const tune::Evidence& evidence) {
  Json json;
  PutBytes(json, "operation", evidence.operation);
  PutBytes(json, "target", evidence.target);
  json["action"] = access::Name(evidence.action);
  json["processes"] = JsonTexts(evidence.processes);
  json["runs"] = JsonTexts(evidence.runs);
  json["hosts"] = JsonTexts(evidence.hosts);
  json["count"] = evidence.count;
  json["first_seen"] = evidence.first_seen_ns ? Json(FormatTime(*evidence.first_seen_ns)) : Json(nullptr);
  json["last_seen"] = evidence.last_seen_ns ? Json(FormatTime(*evidence.last_seen_ns)) : Json(nullptr);
  return json;
}

}  // namespace

std::string ReportText(const EntitlementReport& report) { return TextReport(report).Make(); }

std::string ReportJson(const EntitlementReport& report) {
  Json json;
  json["format"] = "sbtune-entitlements";
  json["version"] = 1;
  PutBytes(json, "file", report.file);
  json["sandboxed"] = report.advice.sandboxed;
  json["denials"] = report.advice.denials;
  json["covered"] = report.advice.covered();
  PutBytes(json, "diff", report.diff);
  json["suggestions"] = Json::array();
  for (const entitlements::Suggestion& made : report.advice.suggestions) json["suggestions"].push_back(ToJson(made));
  json["left"] = Json::array();
  for (const entitlements::Left& left : report.advice.left) json["left"].push_back(ToJson(left));
  json["evidence"] = Json::array();
  for (const tune::Evidence& evidence : report.evidence) json["evidence"].push_back(ToJson(evidence));
  return json.dump(2) + "\n";
}

}  // namespace sbtune::cli
