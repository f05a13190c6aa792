#include "core/access/record.h"

namespace sbtune::access {

std::string_view Name(RecordKind kind) {
  switch (kind) {
    case RecordKind::kDenial: return "denial";
    case RecordKind::kAllow: return "allow";
    case RecordKind::kDuplicate: return "duplicate";
    case RecordKind::kReport: return "report";
    case RecordKind::kOther: return "other";
  }
  return "other";
}

std::string_view Name(Provenance provenance) {
  switch (provenance) {
    case Provenance::kKernel: return "kernel";
    case Provenance::kSandboxd: return "sandboxd";
    case Provenance::kUntrusted: return "untrusted";
    case Provenance::kText: return "text";
  }
  return "untrusted";
}

std::string_view Name(Action action) {
  switch (action) {
    case Action::kAllow: return "allow";
    case Action::kDeny: return "deny";
  }
  return "deny";
}

std::optional<Provenance> ProvenanceFromName(std::string_view name) {
  for (const Provenance provenance :
       {Provenance::kKernel, Provenance::kSandboxd, Provenance::kUntrusted, Provenance::kText}) {
    if (Name(provenance) == name) return provenance;
  }
  return std::nullopt;
}

}  // namespace sbtune::access
