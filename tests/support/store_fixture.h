// Records made by hand and a store in a private folder, for tests of sql/store.
//
//   test::StoreFixture fixture;
//   fixture.Import("a", {{test::Denial("cat", "file-read-data", "/etc/hosts", 5 * test::kSecond)}});
//   CHECK(fixture.Groups() == …);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/access/denial_group.h"
#include "sql/store/import.h"
#include "sql/store/store.h"
#include "tests/support/temp_folder.h"

namespace sbtune::test {

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kStart = 1'700'000'000 * kSecond;  // where hand-made logs begin

// A RecordView that owns its strings.
struct Record {
  access::RecordView view;  // without its strings
  std::string process;
  std::string operation;
  std::optional<std::string> target;
  std::optional<std::string> tag;
};

// Of kind kTimed; the identity is made from everything that is given, so equal calls are equal lines.
[[nodiscard]] Record Denial(const std::string& process, const std::string& operation,
                            std::optional<std::string> target, std::int64_t time_ns, std::int64_t pid = 100);
[[nodiscard]] Record Report(const std::string& process, const std::string& operation,
                            std::optional<std::string> target, std::int64_t time_ns, std::int64_t pid = 100);
[[nodiscard]] Record Duplicates(const std::string& process, const std::string& operation,
                                std::optional<std::string> target, std::int64_t time_ns, std::uint64_t duplicates);
[[nodiscard]] Record WithIdentity(Record record, access::IdentityKind kind, std::uint64_t identity);

using Batch = std::vector<Record>;
void AddTo(store::Evidence& evidence, const Record& record);

class StoreFixture {
 public:
  StoreFixture();
  // One import; each inner list is one piece of evidence, `per_commit` of them are committed together.
  store::ImportTotals Import(const std::string& run, const std::vector<Batch>& batches, std::size_t per_commit = 1,
                             const std::string& source = "by hand");
  [[nodiscard]] std::vector<access::DenialGroup> Groups(const store::Filter& filter = {});
  [[nodiscard]] std::vector<store::StatRow> Stats(store::Dimension dimension, const store::Filter& filter = {});
  // Everything that is counted, in a form that does not depend on the order in which it came.
  [[nodiscard]] std::string Dump();
  [[nodiscard]] store::Store& store() { return *store_; }
  [[nodiscard]] std::string path() const { return folder_ / "test.db"; }
  void Reopen();

 private:
  TempFolder folder_;
  std::optional<store::Store> store_;
};

}  // namespace sbtune::test
