// Changing a file that others may change, exchange or lose the power for at the same time: the new bytes get in only
// if the file still is what was reviewed, the old ones stay beside it, and every moment shows the old bytes or the
// new ones.
//
//   auto done = base::ReplaceFile("agent.sb", Sha256Hex(reviewed), changed);
//   … done->backup == "/…/agent.sb.0123456789abcdef-fedcba9876543210.sbtune-backup"
//   base::UndoReplace("agent.sb");     // only while the file is still `changed`
//
// The backup's name holds the beginnings of two digests, its own and that of the bytes that took its place. So which
// backup belongs to a file can be told from the bytes alone, and a kill at any moment leaves nothing to clear up but
// perhaps a file whose name begins with ".sbtune-".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace sbtune::base {

struct Replaced {
  std::string file;    // without symbolic links
  std::string backup;  // of UndoReplace: the one that was used up
  bool operator==(const Replaced&) const = default;
};

// Moments of the work, for tests that change or end something in between.
enum class ReplaceStep : std::uint8_t { kRead, kBackedUp, kWritten, kReplaced };
using ReplaceHook = std::function<void(ReplaceStep)>;

// A symbolic link stays, the file that it leads to is replaced. Keeps mode, and owner where the system lets us.
// Refuses what is no regular file, has several names (hard links), or has another digest.
[[nodiscard]] Result<Replaced> ReplaceFile(const std::string& path, std::string_view sha256, std::string_view bytes,
                                           const ReplaceHook& hook = {});

// What ReplaceFile would refuse before it looks at the bytes, and a folder that takes no new file.
[[nodiscard]] Status CheckReplaceable(const std::string& path);

// Brings back the bytes of the newest backup that belongs to what the file holds now, and removes that backup.
[[nodiscard]] Result<Replaced> UndoReplace(const std::string& path, const ReplaceHook& hook = {});

}  // namespace sbtune::base
