// Sets up a folder with the stand-in for macOS's `log`, a recording of our own making, and a scenario.
//
//   test::StandinLog log;                       // log.tool() is the program to start
//   log.Record(1000);                           // a recording of so many different denials
//   log.Play("play 1000 500\nat 200 exit 1\n"); // begins now
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/temp_folder.h"

namespace sbtune::test {

class StandinLog {
 public:
  StandinLog();

  [[nodiscard]] std::string tool() const { return folder_ / "log"; }
  [[nodiscard]] std::string heartbeats() const { return folder_ / "heartbeats"; }
  [[nodiscard]] const TempFolder& folder() const { return folder_; }

  // Writes a recording; its records differ in target and process, some are sandboxd's reports of the one before.
  void Record(int count);
  // The same, but each record is a denial with a target of its own: /private/tmp/job/0, 1, …
  void RecordDistinct(int count);
  // The same, but each fifth record is sandboxd's report of the one before: targets 4, 9, … do not occur.
  void RecordTwins(int count);
  // The kernel logs now, whatever the scenario plays, that /private/tmp/job/FIRST and so on were denied.
  void Deny(int first, int count);
  // The same of one denial: "file-read-data /usr/include/a.h".
  void DenyAccess(const std::string& process, const std::string& access);
  // Writes the scenario: the recording, heartbeats, start now, and what is given.
  void Play(const std::string& directives);
  // The same with another first moment.
  void PlayFrom(std::int64_t start_ns, const std::string& directives);

 private:
  void Append(const std::string& lines);
  TempFolder folder_;
};

// One record as the kernel logs it. Slashes are escaped as `log` does.
[[nodiscard]] std::string KernelRecord(const std::string& process, int pid, const std::string& operation,
                                       const std::string& target, int thread);
// sandboxd's report of the same denial.
[[nodiscard]] std::string SandboxdRecord(const std::string& process, int pid, const std::string& operation,
                                         const std::string& target, int thread);

}  // namespace sbtune::test
