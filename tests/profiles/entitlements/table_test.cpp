#include "profiles/entitlements/table.h"

#include <doctest/doctest.h>

#include <set>

#include "profiles/catalog/catalog.h"

using namespace sbtune;
using entitlements::Grant;
using entitlements::Key;
using entitlements::Table;

namespace {

void CheckGrant(const Grant& grant) {
  const catalog::Catalog& catalog = **catalog::Catalog::ForVersion("");
  CHECK(!grant.operations.empty());
  for (const std::string& operation : grant.operations) {
    CAPTURE(operation);
    CHECK(catalog.FindOperation(operation).has_value());
    CHECK(catalog.FindOperation(operation)->operation != nullptr);
  }
}

}  // namespace

TEST_CASE("every entry of the table has what a reader needs, and names operations that exist") {
  const Table& table = Table::BuiltIn();
  std::set<std::string> names;
  for (const Key& key : table.keys) {
    CAPTURE(key.name);
    CHECK(names.insert(key.name).second);
    CHECK(key.name.starts_with("com.apple."));
    CHECK(!key.meaning.empty());
    CHECK(!key.meaning.ends_with('.'));
    CHECK(!key.sources.empty());
    CHECK(!key.grants.empty());
    for (const Grant& grant : key.grants) CheckGrant(grant);
    const bool exception = key.name.find("temporary-exception") != std::string::npos;
    CHECK(exception == (key.standing == entitlements::Standing::kException));
  }
  for (const entitlements::Nobody& one : table.nobody) {
    CHECK(!one.why.empty());
    CheckGrant(one.grant);
  }
  for (const entitlements::Helper& one : table.helpers) CHECK(!one.why.empty());
}

TEST_CASE("a read-only key stands before its read-write partner") {
  const Table& table = Table::BuiltIn();
  for (const Key& key : table.keys) {
    if (!key.name.ends_with(".read-only")) continue;
    const Key* const wide = table.Find(key.name.substr(0, key.name.size() - 9) + "read-write");
    CHECK((wide != nullptr || key.name.find(".sysctl.") != std::string::npos));  // writing those is nobody's
    CHECK((wide == nullptr || &key < wide));
  }
}

TEST_CASE("a table that cannot be read is an error, not an exception") {
  CHECK(!Table::Parse("{").has_value());
  CHECK(!Table::Parse("{}").has_value());
  CHECK(!Table::Parse(R"({"sources":{},"keys":[{"key":"k","value":"huh"}],"nobody":[],"helpers":[]})").has_value());
}
