#include "profiles/entitlements/plist_edit.h"

#include <algorithm>

#include "profiles/sbpl/edit/line_ends.h"

namespace sbtune::entitlements {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

class Editor {
 public:
  explicit Editor(const PropertyList& list) : list_(list), text_(list.text()), outline_(list.outline()) {
    line_end_ = text_.find("\r\n") == std::string::npos ? "\n" : "\r\n";
    if (outline_.entries.empty()) return;
    const auto lead = sbpl::LineLead(text_, outline_.entries.front().key_element.begin);
    if (lead) lead_ = *lead;
  }

  base::Result<std::vector<sbpl::TextEdit>> Make(std::span<const Change> changes) {
    for (const Change& change : changes) {
      if (auto made = One(change); !made) return std::unexpected(made.error());
    }
    if (!appended_.empty()) Append();
    sbpl::SortEdits(edits_);
    return std::move(edits_);
  }

 private:
  const OutlineEntry* EntryOf(const std::string& key) const {
    const auto found = std::ranges::find(outline_.entries, key, &OutlineEntry::key);
    return found == outline_.entries.end() ? nullptr : &*found;
  }

  void Replace(Span span, std::string by) { edits_.push_back({span.begin, span.end - span.begin, std::move(by)}); }

  base::Status One(const Change& change) {
    const OutlineEntry* const entry = EntryOf(change.key);
    if (entry != nullptr) return Extend(change, *entry);
    if (const OutlineEntry* const old = change.instead_of.empty() ? nullptr : EntryOf(change.instead_of)) {
      if (change.strings.empty()) {
        Replace(old->key_element, "<key>" + Escaped(change.key) + "</key>");
        return {};
      }
    }
    appended_ += line_end_ + lead_ + "<key>" + Escaped(change.key) + "</key>" + line_end_ + lead_ + ValueText(change);
    return {};
  }

  std::string ValueText(const Change& change) const {
    if (change.strings.empty()) return "<true/>";
    std::string text = "<array>";
    for (const std::string& one : change.strings) text += Item(one);
    return text + line_end_ + lead_ + "</array>";
  }

  std::string Item(const std::string& text) const {
    return line_end_ + lead_ + "\t<string>" + Escaped(text) + "</string>";
  }

  base::Status Extend(const Change& change, const OutlineEntry& entry) {
    if (change.strings.empty()) {
      if (entry.value_name != "false") return base::Fail("the value of " + change.key + " is neither true nor false");
      Replace(entry.value_element, "<true/>");
      return {};
    }
    const Value& value = *list_.Find(change.key);
    if (value.kind == Value::Kind::kString) {
      Change both = change;
      both.strings.insert(both.strings.begin(), value.strings.front());
      Replace(entry.value_element, ValueText(both));
      return {};
    }
    if (value.kind != Value::Kind::kStrings) {
      return base::Fail("the value of " + change.key + " is neither a string nor a list of strings");
    }
    if (entry.elements.empty()) {
      Replace(entry.value_element, ValueText(change));
      return {};
    }
    std::string items;
    for (const std::string& one : change.strings) items += Item(one);
    const std::uint32_t end = entry.elements.back().end;
    Replace({end, end}, std::move(items));
    return {};
  }

  void Append() {
    if (outline_.root_is_empty_tag) return Replace(outline_.root, "<dict>" + appended_ + line_end_ + "</dict>");
    if (outline_.entries.empty()) return Replace(outline_.root_inside, appended_ + line_end_);
    const std::uint32_t end = outline_.entries.back().value_element.end;
    Replace({end, end}, std::move(appended_));
  }

  const PropertyList& list_;
  const std::string& text_;
  const Outline& outline_;
  std::string line_end_;
  std::string lead_ = "\t";
  std::string appended_;
  std::vector<sbpl::TextEdit> edits_;
};

// What the file shall say afterwards.
std::map<std::string, Value> Intended(const PropertyList& list, std::span<const Change> changes) {
  std::map<std::string, Value> values = list.values();
  for (const Change& change : changes) {
    if (!change.instead_of.empty() && change.strings.empty()) values.erase(change.instead_of);
    Value& value = values[change.key];
    if (change.strings.empty()) {
      value = {Value::Kind::kTrue, {}, {}};
      continue;
    }
    value.kind = Value::Kind::kStrings;
    value.strings.insert(value.strings.end(), change.strings.begin(), change.strings.end());
  }
  return values;
}

}  // namespace

base::Result<PlistEdit> EditPlist(const PropertyList& list, std::span<const Change> changes) {
  auto edits = Editor(list).Make(changes);
  if (!edits) return std::unexpected(edits.error());
  PlistEdit done{std::move(*edits), {}};
  done.text = sbpl::ApplyEdits(list.text(), done.edits);
  const auto again = PropertyList::Parse(done.text);
  if (!again) return std::unexpected(again.error().Within("the edited text"));
  if (again->values() != Intended(list, changes)) {
    return base::Fail("the edited text does not read as the old entries and the new ones; nothing is proposed");
  }
  return done;
}

}  // namespace sbtune::entitlements
