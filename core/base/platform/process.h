// What differs between macOS and other systems when pipes and processes are made. Private to core/base.
#pragma once

#include <spawn.h>

#include <string>

namespace sbtune::base::platform {

// Like pipe(2), both ends closed on exec. Where the system cannot set that in one step, a process spawned at the
// same moment does not inherit them either: see ExtraSpawnFlags.
int OpenPipe(int ends[2]);

// POSIX_SPAWN_CLOEXEC_DEFAULT where it exists: the child gets the descriptors that were named, no others.
short ExtraSpawnFlags();

// Makes the child start in `folder`.
int AddWorkingDirectory(posix_spawn_file_actions_t* actions, const char* folder);

// The path of the running program; empty where the system does not tell.
std::string ProgramPath();

}  // namespace sbtune::base::platform
