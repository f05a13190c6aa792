#include "profiles/entitlements/as_json.h"

#include <cstdlib>
#include <memory>

#include <nlohmann/json.hpp>
#include <plist/plist.h>

#include "core/base/text.h"
#include "profiles/entitlements/property_list.h"

namespace sbtune::entitlements {
namespace {

using Json = nlohmann::json;

struct FreeNode {
  void operator()(plist_t node) const { plist_free(node); }
};
struct FreeBytes {
  void operator()(void* bytes) const { std::free(bytes); }  // NOLINT: libplist allocates with malloc
};
using Bytes = std::unique_ptr<char, FreeBytes>;

std::string StringOf(plist_t node) {
  char* raw = nullptr;
  plist_get_string_val(node, &raw);
  const Bytes owner(raw);
  return raw == nullptr ? std::string() : base::ToValidUtf8(raw);
}

Json NumberOf(plist_t node) {
  std::uint64_t number = 0;
  plist_get_uint_val(node, &number);
  return static_cast<std::int64_t>(number);  // libplist keeps negative numbers so
}

std::string DataOf(plist_t node) {
  char* raw = nullptr;
  std::uint64_t length = 0;
  plist_get_data_val(node, &raw, &length);
  const Bytes owner(raw);
  return raw == nullptr ? std::string() : base::ToValidUtf8(std::string_view(raw, length));
}

Json ToJson(plist_t node);

Json ListOf(plist_t node) {
  Json list = Json::array();
  for (std::uint32_t i = 0; i < plist_array_get_size(node); ++i) list.push_back(ToJson(plist_array_get_item(node, i)));
  return list;
}

Json ObjectOf(plist_t node) {
  Json object = Json::object();
  plist_dict_iter state = nullptr;
  plist_dict_new_iter(node, &state);
  const std::unique_ptr<void, FreeBytes> owner(state);
  for (;;) {
    char* key = nullptr;
    plist_t value = nullptr;
    plist_dict_next_item(node, state, &key, &value);
    const Bytes key_owner(key);
    if (value == nullptr) return object;
    object[base::ToValidUtf8(key)] = ToJson(value);
  }
}

// No deeper than kMaxPlistDepth, which the outline has checked.
Json ToJson(plist_t node) {
  switch (plist_get_node_type(node)) {
    case PLIST_BOOLEAN: {
      std::uint8_t on = 0;
      plist_get_bool_val(node, &on);
      return on != 0;
    }
    case PLIST_UINT: return NumberOf(node);
    case PLIST_REAL: {
      double number = 0;
      plist_get_real_val(node, &number);
      return number;
    }
    case PLIST_STRING: return StringOf(node);
    case PLIST_ARRAY: return ListOf(node);
    case PLIST_DICT: return ObjectOf(node);
    case PLIST_DATA: return DataOf(node);
    default: return "";
  }
}

}  // namespace

base::Result<std::string> EntitlementsAsJson(std::string text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || (text[begin] != '<' && !text.starts_with("bplist"))) return text;
  const auto list = PropertyList::Parse(std::move(text));
  if (!list) return std::unexpected(list.error());
  plist_t raw = nullptr;
  plist_from_xml(list->text().data(), static_cast<std::uint32_t>(list->text().size()), &raw);
  const std::unique_ptr<std::remove_pointer_t<plist_t>, FreeNode> root(raw);
  return ToJson(root.get()).dump();
}

}  // namespace sbtune::entitlements
