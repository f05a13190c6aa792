// The narrowest condition that a profile can put on one denied access: the file's literal path, the exact service
// name, the port (hosts cannot be named), …
//
//   ExactFilter exact = *MakeExactFilter(query, operation, catalog);
//   // exact.filter: (literal "/etc/hosts"); exact.opens: what it allows beside the evidence, in words
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/query.h"
#include "profiles/sbpl/rule.h"
#include "profiles/tune/reason.h"

namespace sbtune::tune {

enum class Width : std::uint8_t {
  kExact,  // one target
  kWide,   // more targets than the evidence, because nothing narrower can be said: `opens` tells which
};

struct ExactFilter {
  std::optional<sbpl::Filter> filter;  // absent: the operation has no target, a rule without filter
  Width width = Width::kExact;
  std::vector<std::string> opens;  // sentences without full stop
};

// Of what the query knows; whether the log's text was read rightly is another question.
[[nodiscard]] std::expected<ExactFilter, Refusal> MakeExactFilter(const sbpl::Query& query,
                                                                  const catalog::Operation& operation,
                                                                  const catalog::Catalog& catalog);

// Whether the log's text of the target has another reading: words that a log puts around a name can be part of the
// name, and whoever chooses the name can put them there.
[[nodiscard]] bool HasSecondReading(const sbpl::Query& query);

}  // namespace sbtune::tune
