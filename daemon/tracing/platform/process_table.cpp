// The macOS half was written from documentation and has not run on a Mac yet.
#include "daemon/tracing/process_table.h"

#ifdef __APPLE__
#include <sys/sysctl.h>
#include <sys/types.h>
#else
#include <dirent.h>

#include <cstdlib>
#include <fstream>
#include <string>
#endif

namespace sbtune::tracing {
namespace {

class SystemTable final : public ProcessTable {
 public:
  std::vector<ProcessSighting> Read() override;
};

#ifdef __APPLE__

std::vector<ProcessSighting> SystemTable::Read() {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_ALL};
  std::vector<kinfo_proc> table;
  // The table may grow between asking for its size and reading it.
  for (int attempt = 0; attempt < 4; ++attempt) {
    std::size_t bytes = 0;
    if (::sysctl(name, 3, nullptr, &bytes, nullptr, 0) != 0) return {};
    table.resize(bytes / sizeof(kinfo_proc) + 64);
    bytes = table.size() * sizeof(kinfo_proc);
    if (::sysctl(name, 3, table.data(), &bytes, nullptr, 0) != 0) continue;
    table.resize(bytes / sizeof(kinfo_proc));
    std::vector<ProcessSighting> sightings;
    for (const kinfo_proc& process : table) {
      const timeval& start = process.kp_proc.p_starttime;
      sightings.push_back({process.kp_proc.p_pid, process.kp_eproc.e_ppid,
                           static_cast<std::uint64_t>(start.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(start.tv_usec)});
    }
    return sightings;
  }
  return {};
}

#else

// "PID (NAME) STATE PPID …", the start is the 22nd field; a name may hold blanks and parentheses.
bool ReadStat(const std::string& text, ProcessSighting& sighting) {
  const std::size_t after = text.rfind(')');
  if (after == std::string::npos) return false;
  sighting.pid = std::atoll(text.c_str());
  const char* at = text.c_str() + after + 1;
  char* end = nullptr;
  while (*at == ' ') ++at;
  if (*at == '\0') return false;
  ++at;  // the state
  sighting.parent = std::strtoll(at, &end, 10);
  for (int field = 5; field < 22; ++field) (void)std::strtoll(end, &end, 10);
  sighting.start = std::strtoull(end, &end, 10);
  return true;
}

std::vector<ProcessSighting> SystemTable::Read() {
  std::vector<ProcessSighting> sightings;
  DIR* const folder = ::opendir("/proc");
  if (folder == nullptr) return sightings;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    std::ifstream file(std::string("/proc/") + entry->d_name + "/stat");
    ProcessSighting sighting;
    std::string text;
    if (std::getline(file, text, '\0') && ReadStat(text, sighting)) sightings.push_back(sighting);
  }
  ::closedir(folder);
  return sightings;
}

#endif

}  // namespace

std::unique_ptr<ProcessTable> SystemProcessTable() { return std::make_unique<SystemTable>(); }

}  // namespace sbtune::tracing
