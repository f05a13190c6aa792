#include "daemon/tracing/run_records.h"

#include <doctest/doctest.h>

#include "core/access/run_tag.h"

using namespace sbtune;
using namespace sbtune::tracing;

namespace {

constexpr const char* kNonce = "0123456789ab";

protocol::LiveRecord Denial(std::int64_t pid, std::int64_t time, std::optional<std::string> tag = std::nullopt,
                            const std::string& target = "/x") {
  protocol::LiveRecord record;
  record.provenance = access::Provenance::kKernel;
  record.process = "tool";
  record.pid = pid;
  record.time_ns = time;
  record.operation = "file-read-data";
  record.target = target;
  record.tag = std::move(tag);
  return record;
}

struct Case {
  ProcessTree tree{100, 10};
  RunRecords records{kNonce, tree};
  Case() { tree.Observe(std::vector<ProcessSighting>{{100, 50, 5}, {101, 100, 6}, {60, 1, 2}}, 20); }
  RunFindings Finish(std::vector<std::string> canaries = {}) { return std::move(records).Finish(canaries); }
};

}  // namespace

TEST_CASE("the run's tag counts, whatever the pid; another run's does not") {
  Case a;
  a.records.Add(Denial(777, 15, access::WriteRunTag(kNonce, 3)), 15);
  a.records.Add(Denial(60, 15, "sbtune.ba9876543210.3."), 15);
  a.records.Add(Denial(60, 15, "sbtune.0123456789ab.3"), 15);  // cut: not believed
  const RunFindings found = a.Finish();
  CHECK(found.by_tag == 1);
  CHECK(found.by_pid == 0);
  REQUIRE(found.denials.size() == 1);
  CHECK(found.denials[0].tag == "sbtune.0123456789ab.3.");
  CHECK(found.others == std::map<std::string, std::uint64_t>{{"tool", 2}});
}

TEST_CASE("a record without a tag is the tree's, somebody else's, or doubtful") {
  Case a;
  a.records.Add(Denial(101, 15), 15);
  a.records.Add(Denial(60, 15), 15);
  a.records.Add(Denial(888, 15), 15);
  a.records.Add(Denial(889, 15, std::nullopt, "/" + std::string(900, 'x')), 15);
  const RunFindings found = a.Finish();
  CHECK(found.by_pid == 1);
  CHECK(found.doubtful == 2);
  CHECK(found.doubtful_long == 1);
  CHECK(found.others.at("tool") == 1);
}

TEST_CASE("a tag that comes later speaks for the untagged records of the same process") {
  Case a;
  a.records.Add(Denial(300, 25), 25);
  a.records.Add(Denial(300, 26, access::WriteRunTag(kNonce, 0), "/y"), 26);
  const RunFindings found = a.Finish();
  CHECK(found.denials.size() == 2);
  CHECK(found.doubtful == 0);
}

TEST_CASE("duplicates add to their kind; allows, forged records and canaries are left out") {
  Case a;
  const std::string tag = access::WriteRunTag(kNonce, 1);
  a.records.Add(Denial(100, 15, tag), 15);
  protocol::LiveRecord duplicate = Denial(100, 16, tag);
  duplicate.kind = access::RecordKind::kDuplicate;
  duplicate.duplicates = 4;
  a.records.Add(duplicate, 16);
  duplicate.tag.reset();  // whether the kernel repeats the message there is not known
  duplicate.duplicates = 2;
  a.records.Add(duplicate, 16);
  protocol::LiveRecord allow = Denial(100, 15, tag);
  allow.action = access::Action::kAllow;
  a.records.Add(allow, 15);
  protocol::LiveRecord forged = Denial(100, 15, tag);
  forged.provenance = access::Provenance::kUntrusted;
  a.records.Add(forged, 15);
  a.records.Add(Denial(101, 15, std::nullopt, "/tmp/canary"), 15);
  const RunFindings found = a.Finish({"/tmp/canary"});
  REQUIRE(found.denials.size() == 1);
  CHECK(found.denials[0].count == 1);
  CHECK(found.denials[0].duplicates == 6);
  CHECK(found.untrusted == 1);
  CHECK(found.by_pid == 1);
}
