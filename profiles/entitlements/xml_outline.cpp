#include "profiles/entitlements/xml_outline.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "core/base/text.h"

namespace sbtune::entitlements {
namespace {

struct Tag {
  enum class Kind { kOpen, kClose, kEmpty };
  Kind kind = Kind::kOpen;
  std::string_view name;
  Span span;
};

struct Element {  // open
  std::string_view name;
  std::uint32_t begin = 0;   // of its tag
  std::uint32_t inside = 0;  // behind its tag
};

class OutlineReader {
 public:
  explicit OutlineReader(std::string_view text) : text_(text) {}

  base::Result<Outline> Read() {
    if (auto start = CheckStart(); !start) return std::unexpected(start.error());
    for (;;) {
      auto tag = NextTag();
      if (!tag) return std::unexpected(tag.error());
      if (!*tag) break;
      if (auto taken = Take(**tag); !taken) return std::unexpected(taken.error());
    }
    if (!open_.empty()) return Fail("<" + std::string(open_.back().name) + "> is not closed");
    if (!found_root_) return Fail("the property list is not a dictionary: entitlements are <dict>…</dict>");
    if (has_key_) return Fail("the last <key> has no value");
    return std::move(outline_);
  }

 private:
  std::unexpected<base::Error> Fail(std::string what) const {
    const std::size_t line = 1 + std::count(text_.begin(), text_.begin() + at_, '\n');
    return base::Fail("line " + std::to_string(line) + ": " + std::move(what));
  }

  base::Status CheckStart() const {
    if (text_.size() > kMaxPlistBytes) return base::Fail("is larger than 4 MiB; entitlements are a few lines");
    if (text_.starts_with("bplist")) {
      return base::Fail("is a binary property list; plutil -convert xml1 FILE makes it text");
    }
    if (!base::IsValidUtf8(text_) || text_.find('\0') != std::string_view::npos) {
      return base::Fail("is not UTF-8 text; plutil -convert xml1 FILE converts property lists of every form");
    }
    if (text_.find('<') == std::string_view::npos) {
      return base::Fail("is not XML; plutil -convert xml1 FILE converts property lists of every form");
    }
    return {};
  }

  // Leaps over text, comments, instructions, the document type and CDATA. Nothing at the end.
  base::Result<std::optional<Tag>> NextTag() {
    for (;;) {
      at_ = std::min(text_.find('<', at_), text_.size());
      if (at_ == text_.size()) return std::nullopt;
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("<!--")) {
        if (!Leap("-->")) return Fail("a comment is not closed");
      } else if (rest.starts_with("<?")) {
        if (!Leap("?>")) return Fail("<? is not closed");
      } else if (rest.starts_with("<![CDATA[")) {
        if (!Leap("]]>")) return Fail("<![CDATA[ is not closed");
      } else if (rest.starts_with("<!")) {
        const std::size_t end = rest.find('>');
        if (end == std::string_view::npos) return Fail("<! is not closed");
        if (rest.substr(0, end).find('[') != std::string_view::npos || rest.starts_with("<!ENTITY")) {
          return Fail("the document type declares entities of its own, which no property list needs; remove them");
        }
        at_ += end + 1;
      } else {
        return ReadTag();
      }
    }
  }

  bool Leap(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    if (found == std::string_view::npos) return false;
    at_ = found + end.size();
    return true;
  }

  base::Result<std::optional<Tag>> ReadTag() {
    const std::size_t end = text_.find('>', at_);
    if (end == std::string_view::npos) return Fail("a tag is not closed");
    Tag tag;
    tag.span = {static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end + 1)};
    std::string_view inner = text_.substr(at_ + 1, end - at_ - 1);
    if (inner.starts_with('/')) {
      tag.kind = Tag::Kind::kClose;
      inner.remove_prefix(1);
    } else if (inner.ends_with('/')) {
      tag.kind = Tag::Kind::kEmpty;
      inner.remove_suffix(1);
    }
    tag.name = inner.substr(0, inner.find_first_of(" \t\r\n"));
    if (tag.name.empty()) return Fail("a tag has no name");
    at_ = end + 1;
    return tag;
  }

  base::Status Take(const Tag& tag) {
    switch (tag.kind) {
      case Tag::Kind::kOpen:
        if (open_.size() >= kMaxPlistDepth) return Fail("is nested deeper than 64 levels");
        open_.push_back({tag.name, tag.span.begin, tag.span.end});
        return {};
      case Tag::Kind::kEmpty: return Close({tag.name, tag.span.begin, tag.span.end}, tag.span.end, tag.span.end);
      case Tag::Kind::kClose: break;
    }
    if (open_.empty() || open_.back().name != tag.name) return Fail("</" + std::string(tag.name) + "> closes nothing");
    const Element element = open_.back();
    open_.pop_back();
    return Close(element, tag.span.begin, tag.span.end);
  }

  [[nodiscard]] bool Inside(std::size_t depth) const {
    const std::size_t plist = !open_.empty() && open_[0].name == "plist" ? 1 : 0;
    return open_.size() == plist + depth && (depth == 0 || open_[plist].name == "dict");
  }

  // An element is complete: [begin of its tag, end), with `inside_end` where its closing tag begins.
  base::Status Close(const Element& element, std::uint32_t inside_end, std::uint32_t end) {
    const Span whole{element.begin, end};
    const Span inside{element.inside, inside_end};
    if (Inside(0)) return element.name == "plist" ? base::Status() : Root(element, whole, inside);
    if (Inside(1)) return Entry(element, whole, inside);
    if (Inside(2) && open_.back().name == "array") items_.push_back(whole);
    return {};
  }

  base::Status Root(const Element& element, Span whole, Span inside) {
    if (found_root_) return Fail("has more than one value at the top");
    found_root_ = true;
    if (element.name != "dict") return Fail("the property list is not a dictionary: entitlements are <dict>…</dict>");
    outline_.root = whole;
    outline_.root_is_empty_tag = inside.begin == inside.end && inside.begin == whole.end;
    outline_.root_inside = outline_.root_is_empty_tag ? whole : inside;
    return {};
  }

  base::Status Entry(const Element& element, Span whole, Span inside) {
    if (element.name == "key") {
      if (has_key_) return Fail("a <key> has no value");
      auto key = Resolve(text_.substr(inside.begin, inside.end - inside.begin));
      if (!key) return std::unexpected(key.error());
      if (!keys_.insert(*key).second) return Fail("the key " + *key + " stands there twice; remove one");
      has_key_ = true;
      outline_.entries.push_back({std::move(*key), whole, {}, {}, {}, {}});
      return {};
    }
    if (!has_key_) return Fail("<" + std::string(element.name) + "> has no <key>");
    has_key_ = false;
    OutlineEntry& entry = outline_.entries.back();
    entry.value_element = whole;
    entry.value_name = element.name;
    entry.inside = inside;
    if (element.name == "array") entry.elements = std::move(items_);
    items_.clear();
    return {};
  }

  base::Result<std::string> Resolve(std::string_view text) const {
    static constexpr std::pair<std::string_view, char> kNamed[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    std::string out;
    while (!text.empty()) {
      if (text.front() == '<') return Fail("a <key> holds more than text");
      const auto named = std::ranges::find_if(kNamed, [&](const auto& one) { return text.starts_with(one.first); });
      if (named != std::end(kNamed)) {
        out += named->second;
        text.remove_prefix(named->first.size());
      } else if (text.front() == '&') {
        return Fail("a <key> holds a character reference; write the character itself");
      } else {
        out += text.front();
        text.remove_prefix(1);
      }
    }
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Element> open_;
  std::vector<Span> items_;  // of the array that is being read
  std::set<std::string> keys_;
  bool has_key_ = false;
  bool found_root_ = false;
  Outline outline_;
};

}  // namespace

base::Result<Outline> ReadOutline(std::string_view text) { return OutlineReader(text).Read(); }

}  // namespace sbtune::entitlements
