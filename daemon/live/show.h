// One `log show`, read to its end as a stream of bytes: for importing a stretch of this machine's log or an archive.
// A thread of its own moves the bytes, so that complaints are read and lines looked at while the consumer works.
//
//   auto show = live::ShowOutput::Start(launcher, tool, {.from_ns = …});
//   ingest::ChunkReader reader = ingest::ChunkReader::FromDescriptor(show->TakeOutput(), "log show");  …
//   base::Result<ShowEnd> end = show->Finish();
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/descriptor.h"
#include "core/base/result.h"
#include "core/base/subprocess.h"
#include "daemon/live/command.h"

namespace sbtune::live {

struct ShowSummary {
  bool finished = false;        // the footer was seen: `log` had nothing more to say
  std::uint64_t losses = 0;     // loss events and drop markers among the records
  std::uint64_t overlong = 0;   // lines beyond the limit
};

class ShowOutput {
 public:
  // Returns once the tool has said its first line, or with the reason why it never did.
  [[nodiscard]] static base::Result<ShowOutput> Start(base::Launcher& launcher, const LogTool& tool,
                                                      const ShowRange& range);
  ShowOutput(ShowOutput&&) noexcept;
  ~ShowOutput();  // ends the tool

  // Readable until the tool has ended.
  [[nodiscard]] base::Descriptor TakeOutput();
  // After the output was read to its end: how it went. An error says why the tool failed.
  [[nodiscard]] base::Result<ShowSummary> Finish();

 private:
  class Pump;
  explicit ShowOutput(std::unique_ptr<Pump> pump);
  std::unique_ptr<Pump> pump_;
};

}  // namespace sbtune::live
