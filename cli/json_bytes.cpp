#include "cli/json_bytes.h"

#include "cli/output.h"
#include "core/base/text.h"

namespace sbtune::cli {

void PutBytes(Json& object, const std::string& key, const std::optional<std::string>& bytes) {
  object[key] = bytes ? Json(base::ToValidUtf8(*bytes)) : Json(nullptr);
  if (bytes && !base::IsValidUtf8(*bytes)) object[key + "_hex"] = Hex(*bytes);
}

Json JsonTexts(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(base::ToValidUtf8(text));
  return list;
}

}  // namespace sbtune::cli
