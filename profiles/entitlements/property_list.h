// The entitlements of an app as their file says them: an XML property list whose root is a dictionary.
//
//   base::Result<PropertyList> list = PropertyList::Parse(text);
//   list->Find("com.apple.security.network.client")   // Value: on, off, strings, or something else
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "profiles/entitlements/xml_outline.h"

namespace sbtune::entitlements {

struct Value {
  enum class Kind : std::uint8_t { kTrue, kFalse, kStrings, kString, kOther };
  Kind kind = Kind::kOther;
  std::vector<std::string> strings;  // of kStrings; one of kString
  std::string xml;                   // of kOther: all of it, in one spelling
  bool operator==(const Value&) const = default;
};

class PropertyList {
 public:
  // Untrusted text. The error says what is wrong, without the file's name.
  [[nodiscard]] static base::Result<PropertyList> Parse(std::string text);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const Outline& outline() const { return outline_; }
  [[nodiscard]] const std::map<std::string, Value>& values() const { return values_; }
  [[nodiscard]] const Value* Find(const std::string& key) const;
  [[nodiscard]] bool IsOn(const std::string& key) const;

 private:
  std::string text_;
  Outline outline_;
  std::map<std::string, Value> values_;
};

}  // namespace sbtune::entitlements
