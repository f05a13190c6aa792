#include "profiles/entitlements/property_list.h"

#include <cstdlib>
#include <memory>

#include <plist/plist.h>

namespace sbtune::entitlements {
namespace {

struct FreePlist {
  void operator()(plist_t node) const { plist_free(node); }
};
using Node = std::unique_ptr<std::remove_pointer_t<plist_t>, FreePlist>;

struct FreeBytes {
  void operator()(void* bytes) const { std::free(bytes); }  // NOLINT: libplist allocates with malloc
};

std::string StringOf(plist_t node) {
  char* bytes = nullptr;
  plist_get_string_val(node, &bytes);
  const std::unique_ptr<char, FreeBytes> owner(bytes);
  return bytes == nullptr ? std::string() : std::string(bytes);
}

std::string XmlOf(plist_t node) {
  char* bytes = nullptr;
  std::uint32_t length = 0;
  plist_to_xml(node, &bytes, &length);
  const std::unique_ptr<char, FreeBytes> owner(bytes);
  return bytes == nullptr ? std::string() : std::string(bytes, length);
}

Value ArrayOf(plist_t node) {
  Value value{Value::Kind::kStrings, {}, {}};
  for (std::uint32_t i = 0; i < plist_array_get_size(node); ++i) {
    plist_t item = plist_array_get_item(node, i);
    if (plist_get_node_type(item) != PLIST_STRING) return {Value::Kind::kOther, {}, XmlOf(node)};
    value.strings.push_back(StringOf(item));
  }
  return value;
}

Value ValueOf(plist_t node) {
  switch (plist_get_node_type(node)) {
    case PLIST_BOOLEAN: {
      std::uint8_t on = 0;
      plist_get_bool_val(node, &on);
      return {on != 0 ? Value::Kind::kTrue : Value::Kind::kFalse, {}, {}};
    }
    case PLIST_STRING: return {Value::Kind::kString, {StringOf(node)}, {}};
    case PLIST_ARRAY: return ArrayOf(node);
    default: return {Value::Kind::kOther, {}, XmlOf(node)};
  }
}

std::map<std::string, Value> ValuesOf(plist_t root) {
  std::map<std::string, Value> values;
  plist_dict_iter state = nullptr;
  plist_dict_new_iter(root, &state);
  const std::unique_ptr<void, FreeBytes> owner(state);
  for (;;) {
    char* key = nullptr;
    plist_t node = nullptr;
    plist_dict_next_item(root, state, &key, &node);
    const std::unique_ptr<char, FreeBytes> key_owner(key);
    if (node == nullptr) return values;
    values.insert_or_assign(key, ValueOf(node));
  }
}

}  // namespace

base::Result<PropertyList> PropertyList::Parse(std::string text) {
  // The outline comes first: its limits keep libplist, which reads nested values by recursion, from harm.
  auto outline = ReadOutline(text);
  if (!outline) return std::unexpected(outline.error());
  plist_t raw = nullptr;
  plist_from_xml(text.data(), static_cast<std::uint32_t>(text.size()), &raw);
  const Node root(raw);
  if (root == nullptr || plist_get_node_type(root.get()) != PLIST_DICT) {
    return base::Fail("is not a property list; plutil -lint FILE tells more");
  }
  PropertyList list;
  list.values_ = ValuesOf(root.get());
  list.text_ = std::move(text);
  list.outline_ = std::move(*outline);
  // Two readers that disagree about the keys would edit one thing and show another.
  for (const OutlineEntry& entry : list.outline_.entries) {
    if (!list.values_.contains(entry.key)) return base::Fail("the key " + entry.key + " cannot be read for certain");
  }
  if (list.outline_.entries.size() != list.values_.size()) return base::Fail("the keys cannot be read for certain");
  return list;
}

const Value* PropertyList::Find(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

bool PropertyList::IsOn(const std::string& key) const {
  const Value* const value = Find(key);
  return value != nullptr && value->kind == Value::Kind::kTrue;
}

}  // namespace sbtune::entitlements
