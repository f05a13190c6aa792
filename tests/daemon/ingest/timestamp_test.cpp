#include "daemon/ingest/timestamp.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sbtune {
namespace {

struct Example {
  std::string text;
  std::optional<std::int64_t> ns;
  std::size_t length;
};

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBase = 1'767'225'600 * kSecond;  // 2026-01-01 00:00:00 UTC

}  // namespace

TEST_CASE("ISO times are read with their decimals and their zone") {
  const std::vector<Example> examples = {
      {"2026-01-01 00:00:00", kBase, 19},
      {"2026-01-01 00:00:01.5 E  kernel", kBase + kSecond * 3 / 2, 21},
      {"2026-01-01 00:00:00.000001 rest", kBase + 1000, 26},
      {"2026-01-01 00:00:00.123456789Z", kBase + 123'456'789, 30},
      {"2026-01-01 00:00:00.1234567891", kBase + 123'456'789, 30},  // a tenth decimal is read and dropped
      {"2026-01-01T02:00:00+02:00 x", kBase, 25},
      {"2026-01-01 02:00:00+0200 x", kBase, 24},
      {"2025-12-31 17:00:00 -0700   error", kBase, 25},
      {"2025-12-31 18:30:00-0530", kBase, 24},
      {"2026-01-01 00:00:00 +020 x", kBase, 19},  // no zone: three digits
      {"2026-01-01 00:00:00 -07000", kBase, 19},  // no zone: five
      {"2026-01-01 00:00:00,250 kernel[0]", kBase + 250'000'000, 23},
      {"2024-02-29 00:00:00", 1'709'164'800 * kSecond, 19},
      {"1969-12-31 23:59:59.5", -kSecond / 2, 21},
      {"2026-02-29 00:00:00", std::nullopt, 19},
      {"2026-01-01 24:00:00", std::nullopt, 19},
      {"2026-13-01 00:00:00", std::nullopt, 19},
      {"0001-01-01 00:00:00", std::nullopt, 19},
      {"9999-12-31 23:59:59", std::nullopt, 19},
      {"2026-01-01", std::nullopt, 0},
      {"2026-01-01 00:00", std::nullopt, 0},
      {"2026-01-0100:00:00.0", std::nullopt, 0},
      {"x026-01-01 00:00:00", std::nullopt, 0},
  };
  for (const Example& example : examples) {
    CAPTURE(example.text);
    const ingest::ReadTime time = ingest::ReadIsoTime(example.text);
    CHECK(time.ns == example.ns);
    CHECK(time.length == example.length);
  }
}

TEST_CASE("Console's dates are read where the order of day and month is certain") {
  const std::int64_t day = 1'450'483'200 * kSecond;  // 2015-12-19
  const std::vector<Example> examples = {
      {"12/19/15 9:45:14.000 PM kernel[0]: m", day + (21 * 3600 + 45 * 60 + 14) * kSecond, 23},
      {"12/19/15 12:00:00.000 AM", day, 24},
      {"12/19/15 12:00:00.000 PM", day + 12 * 3600 * kSecond, 24},
      {"12/19/15, 9:45:14 p.m. kernel[0]: m", day + (21 * 3600 + 45 * 60 + 14) * kSecond, 22},
      {"12/19/15 9:45:14.000\xE2\x80\xAFPM\tkernel[0]", day + (21 * 3600 + 45 * 60 + 14) * kSecond, 25},
      {"19/12/2015 21:45:14.000 kernel[0]: m", day + (21 * 3600 + 45 * 60 + 14) * kSecond, 23},
      {"19.12.15 00:00:01,555 kernel[0]: m", day + kSecond + 555'000'000, 21},
      {"19.12.2015 0.00.01,500 sandboxd[3]: m", day + kSecond * 3 / 2, 22},
      {"6.8.2016 00:00:00,000 kernel[0]: m", 1'470'441'600 * kSecond, 21},  // dots: the day stands first
      {"2015/12/19 00:00:00.000 kernel[0]: m", day, 23},
      {"6/8/16 09:20:24.176 kernel[0]: m", std::nullopt, 19},  // June or August
      {"8/8/16 00:00:00.000 kernel[0]: m", 1'470'614'400 * kSecond, 19},
      {"19/12/15 9:45:14,000 \xCE\xBC.\xCE\xBC. kernel[0]: m", std::nullopt, 20},  // another language's PM
      {"12.5.1 file", std::nullopt, 0},
      {"1/2/3 4:5:6", std::nullopt, 0},
  };
  for (const Example& example : examples) {
    CAPTURE(example.text);
    const ingest::ReadTime time = ingest::ReadConsoleTime(example.text);
    CHECK(time.ns == example.ns);
    CHECK(time.length == example.length);
  }
}

TEST_CASE("syslog dates have no year and clock times no date, so they only tell their length") {
  CHECK(ingest::ReadSyslogTime("Jul  1 09:29:02 host kernel[0]: m").length == 15);
  CHECK(ingest::ReadSyslogTime("Sep 2 18:45:02 host sandboxd[1]: m").length == 14);
  CHECK(ingest::ReadSyslogTime("Sep 12 18:45:02.123456 host").length == 22);
  CHECK(ingest::ReadSyslogTime("Sep 12 18:45:02 host").ns == std::nullopt);
  CHECK(ingest::ReadSyslogTime("September 12 18:45:02").length == 0);
  CHECK(ingest::ReadClockTime("14:21:33.302172 +0100").length == 21);
  CHECK(ingest::ReadClockTime("14:21:33.302172-0500\tkernel").length == 20);
  CHECK(ingest::ReadClockTime("4:21:33,302 x").length == 11);
  CHECK(ingest::ReadClockTime("14:21:33.302172").ns == std::nullopt);
  CHECK(ingest::ReadClockTime("14:21:33 x").length == 0);
}

}  // namespace sbtune
