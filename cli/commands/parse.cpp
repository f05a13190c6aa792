// `sbtune parse`: log records of any form -> JSON lines, or readable ones. Plumbing for pipes and scripts.
#include <cerrno>
#include <cstring>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/json_bytes.h"
#include "cli/output.h"
#include "cli/times.h"
#include "core/base/text.h"
#include "daemon/ingest/chunk.h"

namespace sbtune::cli {
namespace {

using access::RecordKind;
using access::RecordView;

struct ParseOptions {
  std::string file = "-";
  bool json = false;
};

constexpr const char* kFooter =
    "Every form that macOS and the tools around it write is recognised record by record, and may be mixed in one\n"
    "input: `log` (default, compact, syslog, ndjson, json, --source), Console, old syslog, iOS, dmesg, sandboxd's\n"
    "reports, Xcode, macos-UnifiedLogs, pasted copies. Lines that continue a record yield nothing of their own.\n"
    "\n"
    "--json prints one object a record, always with these keys; what the record does not say is null:\n"
    "  line             where it begins, from 1\n"
    "  kind             denial, allow, duplicate (N further occurrences), report (sandboxd's long form), other\n"
    "  process, pid, operation, target\n"
    "  duplicates       N of a duplicate\n"
    "  errno            N of deny(N)\n"
    "  platform_policy  true: no edit of a profile can change it; null for other\n"
    "  tag              text of (with message \"…\")\n"
    "  provenance       kernel, sandboxd, untrusted (a structured record without that proof), text; null for other\n"
    "  ambiguous        true: the line can be read in more than one way; null for other\n"
    "  time             UTC; a time without a zone is read as UTC\n"
    "  action           allow or deny: what a duplicate or a report repeats\n"
    "Bytes that are not UTF-8 are shown as U+FFFD; then KEY_hex holds all bytes of KEY (process_hex, target_hex,\n"
    "tag_hex). Lines over 10 MiB are skipped and counted on stderr.\n";

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

void PutBytes(Json& object, const char* key, const std::optional<std::string_view>& bytes) {
  object[key] = bytes ? Json(base::ToValidUtf8(*bytes)) : Json(nullptr);
}

std::string ToJson(const RecordView& record) {
  const bool event = record.kind != RecordKind::kOther;
  const auto if_event = [&](auto value) { return event ? Json(value) : Json(nullptr); };
  Json object;
  object["line"] = record.line;
  object["kind"] = access::Name(record.kind);
  PutBytes(object, "process", record.process);
  object["pid"] = OrNull(record.pid);
  PutBytes(object, "operation", record.operation);
  PutBytes(object, "target", record.target);
  object["duplicates"] = record.kind == RecordKind::kDuplicate ? Json(record.duplicates) : Json(nullptr);
  object["errno"] = OrNull(record.errno_number);
  object["platform_policy"] = if_event(record.platform_policy);
  PutBytes(object, "tag", record.tag);
  object["provenance"] = if_event(access::Name(record.provenance));
  object["ambiguous"] = if_event(record.ambiguous);
  object["time"] = record.time_ns ? Json(FormatTime(*record.time_ns)) : Json(nullptr);
  object["action"] = if_event(access::Name(record.action));
  for (const auto& [key, bytes] : {std::pair{"process_hex", record.process}, std::pair{"target_hex", record.target},
                                   std::pair{"tag_hex", record.tag}}) {
    if (bytes && !base::IsValidUtf8(*bytes)) object[key] = Hex(*bytes);
  }
  return object.dump() + "\n";
}

// "12: denial cat(41) deny file-read-data /p [kernel]"
std::string ToText(const RecordView& record) {
  std::string out = fmt::format("{}: {}", record.line, access::Name(record.kind));
  if (record.kind == RecordKind::kOther) return out + "\n";
  if (record.kind == RecordKind::kDuplicate) out += fmt::format(" {} x", record.duplicates);
  out += " " + base::EscapeForTerminal(record.process.value_or("?"));
  out += record.pid ? fmt::format("({})", *record.pid) : "(?)";
  out += fmt::format(" {}", access::Name(record.action));
  if (record.errno_number) out += fmt::format("({})", *record.errno_number);
  out += " " + base::EscapeForTerminal(record.operation.value_or("?"));
  if (record.target) out += " " + base::EscapeForTerminal(*record.target);
  out += fmt::format(" [{}", access::Name(record.provenance));
  if (record.platform_policy) out += ", platform policy";
  if (record.ambiguous) out += ", ambiguous";
  if (record.tag) out += ", tag " + base::EscapeForTerminal(*record.tag);
  return out + "]\n";
}

class Printer final : public ingest::RecordSink {
 public:
  Printer(std::FILE* out, bool json) : out_(out), json_(json) {}
  void OnRecord(const RecordView& record) override {
    RecordView placed = record;
    placed.line += lines_before;
    const std::string line = json_ ? ToJson(placed) : ToText(placed);
    if (error == 0 && std::fwrite(line.data(), 1, line.size(), out_) != line.size()) error = errno;
  }
  std::uint64_t lines_before = 0;
  int error = 0;  // errno of the first write that failed

 private:
  std::FILE* out_;
  bool json_;
};

Exit Run(const ParseOptions& options, const Invocation& invocation) {
  base::Result<ingest::ChunkReader> reader = ingest::ChunkReader::Open(options.file);
  if (!reader) return Fail(invocation, reader.error());
  ingest::ChunkParser parser(ingest::OtherRecords::kReport);
  ingest::Chunk chunk;
  Printer printer(invocation.out, options.json);
  std::uint64_t skipped = 0;
  for (;;) {
    const base::Result<bool> more = reader->Next(chunk);
    if (!more) return Fail(invocation, more.error());
    if (!*more) break;
    const ingest::ChunkTotals totals = parser.Parse(chunk, printer);
    printer.lines_before += totals.lines;
    skipped += totals.skipped;
    if (printer.error != 0) return CannotWrite(invocation, printer.error);
    if (Flush(invocation) != Exit::kDone) return Exit::kFailed;  // a pipe's reader waits for it
  }
  TellSkipped(invocation, skipped);
  return Exit::kDone;
}

}  // namespace

void AddParse(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<ParseOptions>();
  CLI::App* command = app.add_subcommand("parse", "Reads log records of any form, prints one line for each");
  command->add_option("FILE", options->file, "The log; - is standard input")->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a record");
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
