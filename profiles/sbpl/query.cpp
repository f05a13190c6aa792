#include "profiles/sbpl/query.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <string>
#include <vector>

namespace sbtune::sbpl {
namespace {

// The kinds of target text that a log writes, by operation.
enum class Form { kFact, kMachName, kProcess, kIoKit, kCommand, kSocket, kNetwork, kExtension, kIoctl, kTwoPaths, kPath };

struct Family {
  std::string_view prefix;  // of the operation's name; the first that fits counts
  Form form;
  std::string_view fact;    // of kFact and kCommand
};

constexpr std::array kFamilies = std::to_array<Family>({
    {"mach-task", Form::kProcess, ""},
    {"mach-priv-task-port", Form::kProcess, ""},
    {"mach-priv-host-port", Form::kFact, "host-special-port"},
    {"mach-host-special-port-set", Form::kFact, "host-special-port"},
    {"mach-", Form::kMachName, ""},
    {"network", Form::kNetwork, ""},
    {"file-issue-extension", Form::kExtension, ""},
    {"file-ioctl", Form::kIoctl, ""},
    {"file-fsctl", Form::kCommand, "fsctl-command"},
    {"file-link", Form::kTwoPaths, ""},
    {"file-clone", Form::kTwoPaths, ""},
    {"file-", Form::kPath, ""},
    {"signal", Form::kProcess, ""},
    {"process-info", Form::kProcess, ""},
    {"process-codesigning", Form::kProcess, ""},
    {"process-legacy-codesigning", Form::kProcess, ""},
    {"system-sched", Form::kProcess, ""},
    {"system-debug", Form::kProcess, ""},
    {"iokit-issue-extension", Form::kExtension, ""},
    {"iokit", Form::kIoKit, ""},
    {"sysctl", Form::kFact, "sysctl-name"},
    {"user-preference", Form::kFact, "preference-domain"},
    {"managed-preference", Form::kFact, "preference-domain"},
    {"ipc-posix", Form::kFact, "ipc-posix-name"},
    {"nvram", Form::kFact, "nvram-variable"},
    {"boot-arg-set", Form::kFact, "boot-arg"},
    {"appleevent-send", Form::kFact, "appleevent-destination"},
    {"authorization-right-obtain", Form::kFact, "right-name"},
    {"distributed-notification-post", Form::kFact, "notification-name"},
    {"darwin-notification-post", Form::kFact, "notification-name"},
    {"generic-issue-extension", Form::kExtension, ""},
    {"syscall-unix", Form::kFact, "syscall-number"},
    {"syscall-mach", Form::kFact, "machtrap-number"},
    {"syscall-mig", Form::kFact, "kernel-mig-routine"},
    {"system-info", Form::kFact, "info-type"},
    {"system-kext", Form::kFact, "kext-bundle-id"},
    {"system-privilege", Form::kFact, "privilege-id"},
    {"system-fsctl", Form::kCommand, "fsctl-command"},
    {"system-fcntl", Form::kFact, "fcntl-command"},
    {"system-necp-client-action", Form::kFact, "necp-client-action"},
    {"system-memorystatus-control", Form::kFact, "memorystatus-control-command"},
    {"system-mac-syscall", Form::kFact, "mac-policy-name"},
    {"system-socket", Form::kSocket, ""},
    {"socket-ioctl", Form::kIoctl, ""},
    {"socket", Form::kSocket, ""},
    {"fs-snapshot", Form::kFact, "snapshot-name"},
});

const Family& FamilyOf(std::string_view operation) {
  static constexpr Family kOther{"", Form::kPath, ""};
  const auto found = std::ranges::find_if(kFamilies, [&](const Family& f) { return operation.starts_with(f.prefix); });
  return found == kFamilies.end() ? kOther : *found;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

class TargetReader {
 public:
  explicit TargetReader(Query& query) : query_(query) {}

  void Read(std::string_view text) {
    const Family& family = FamilyOf(query_.operation);
    switch (family.form) {
      case Form::kFact: return Fact(family.fact, text);
      case Form::kMachName: return MachName(text);
      case Form::kProcess: return Process(text);
      case Form::kIoKit: return IoKit(text);
      case Form::kCommand: return Fact(family.fact, Command(text));
      case Form::kSocket: return Socket(text);
      case Form::kNetwork: return Network(text);
      case Form::kExtension: return Extension(text);
      case Form::kIoctl: return Ioctl(text);
      case Form::kTwoPaths: return TwoPaths(text);
      case Form::kPath: return Path(text);
    }
  }

 private:
  void Fact(std::string_view name, std::string_view value) { query_.facts[std::string(name)] = {std::string(value)}; }
  void Fact(std::string_view name, std::string value) { query_.facts[std::string(name)] = {std::move(value)}; }

  // What the kernel compares: a path without ".", ".." and empty names, and /tmp, /var and /etc are links into /private.
  std::string Canonical(std::string_view spelled) const {
    if (query_.operation == "file-test-existence") return std::string(spelled);
    std::string path = WithoutDots(spelled);
    for (const std::string_view link : {"/tmp/", "/var/", "/etc/"}) {
      if (path.starts_with(link)) return "/private" + path;
    }
    return path;
  }

  // ".." goes to the folder above: right unless what stands before it is a link, which no text tells.
  static std::string WithoutDots(std::string_view path) {
    const bool plain = path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
    if (plain) return std::string(path);
    std::vector<std::string_view> names;
    for (std::size_t at = 1; at <= path.size();) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      const std::string_view name = path.substr(at, end - at);
      at = end + 1;
      if (name == ".." && !names.empty()) names.pop_back();
      if (name != ".." && name != "." && !name.empty()) names.push_back(name);
    }
    std::string canonical;
    for (const std::string_view name : names) canonical += "/" + std::string(name);
    if (path.ends_with('/') || canonical.empty()) canonical += '/';
    return canonical;
  }

  void Path(std::string_view text) {
    if (!text.starts_with('/')) return;
    // Spotlight's importers add a remark: "/Volumes/x (import fstype:hfs … sudo mdutil -t 9)".
    text = text.substr(0, text.find(" (import fstype:"));
    query_.path = Canonical(text);
    if (*query_.path != text) query_.spelled_path = text;
  }

  void TwoPaths(std::string_view text) {
    const std::size_t gap = text.find(" /");
    if (!text.starts_with('/') || gap == std::string_view::npos) return Path(text);
    query_.path = Canonical(text.substr(0, gap));
    query_.second_path = Canonical(text.substr(gap + 1));
  }

  void MachName(std::string_view text) {
    if (text.ends_with(" (per-pid)")) text.remove_suffix(10);
    if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
    for (const std::string_view kind : {"global-name", "local-name", "xpc-service-name"}) {
      if (text.size() > kind.size() && text.starts_with(kind) && text[kind.size()] == ':') {
        return Fact(kind, text.substr(kind.size() + 1));
      }
    }
    Fact("global-name", text);
  }

  // "others [NAME(PID)] signum:15", "initproc signum:15", "self"
  void Process(std::string_view text) {
    if (const std::size_t at = text.rfind("signum:"); at != std::string_view::npos && (at == 0 || text[at - 1] == ' ')) {
      Fact("signal-number", text.substr(at + 7));
      text = text.substr(0, at == 0 ? 0 : at - 1);
    }
    const std::string_view word = text.substr(0, text.find(' '));
    for (const std::string_view known : {"self", "pgrp", "others", "children", "same-sandbox", "initproc"}) {
      if (word == known) Fact("target", word);
    }
  }

  // "iokit-class:X property:Y" or only the class.
  void IoKit(std::string_view text) {
    if (!TakePrefix(text, "iokit-class:")) return Fact("iokit-registry-entry-class", text);
    const std::size_t at = text.find(" property:");
    Fact("iokit-registry-entry-class", text.substr(0, at));
    if (at != std::string_view::npos) Fact("iokit-property", text.substr(at + 10));
  }

  // (_IO "h" 47), older _IO('J', 44): the number that SBPL's (_IO "h" 47) makes. Anything else as it is.
  static std::string Command(std::string_view text) {
    const std::string original(text);
    TakePrefix(text, "(");
    if (!TakePrefix(text, "_IO")) return original;
    const std::size_t quote = text.find_first_of("\"'");
    if (quote == std::string_view::npos || quote + 2 >= text.size()) return original;
    const auto group = static_cast<unsigned char>(text[quote + 1]);
    const std::size_t digits = text.find_first_of("0123456789", quote + 3);
    if (digits == std::string_view::npos) return original;
    unsigned number = 0;
    std::from_chars(text.data() + digits, text.data() + text.size(), number);
    return std::to_string((static_cast<unsigned>(group) << 8) | (number & 0xFF));
  }

  void Ioctl(std::string_view text) {
    TakePrefix(text, "path:");
    const std::size_t at = text.rfind(" ioctl-command:");
    if (at != std::string_view::npos) {
      Fact("ioctl-command", Command(text.substr(at + 15)));
      text = text.substr(0, at);
    } else if (TakePrefix(text, "ioctl-command:") || text.starts_with("(_IO")) {
      return Fact("ioctl-command", Command(text));
    }
    Path(text);
  }

  // "domain:32 type:2 protocol:2"
  void Socket(std::string_view text) {
    while (!text.empty()) {
      const std::string_view word = text.substr(0, text.find(' '));
      text.remove_prefix(std::min(text.size(), word.size() + 1));
      const std::size_t colon = word.find(':');
      if (colon == std::string_view::npos || !IsNumber(word.substr(colon + 1))) continue;
      const std::string_view key = word.substr(0, colon);
      if (key == "domain" || key == "type" || key == "protocol") {
        Fact("socket-" + std::string(key), word.substr(colon + 1));
      } else if (key == "level" || key == "name") {
        Fact("socket-option-" + std::string(key), word.substr(colon + 1));
      }
    }
  }

  // "target:/p class:c", "target:/p extension-class:c", "target /p extension-class c", or only a class or path.
  void Extension(std::string_view text) {
    if (!TakePrefix(text, "target:")) TakePrefix(text, "target ");
    for (const std::string_view key : {" extension-class:", " extension-class ", " class:"}) {
      const std::size_t at = text.rfind(key);
      if (at == std::string_view::npos) continue;
      Fact("extension-class", text.substr(at + key.size()));
      text = text.substr(0, at);
      break;
    }
    if (text.starts_with('/')) return Path(text);
    for (const std::string_view key : {"extension-class:", "class:"}) {
      if (TakePrefix(text, key)) return Fact("extension-class", text);
    }
  }

  // A socket's path, or "remote:*:443", "local:*:0", "*:443", "1.2.3.4:443", "[::1]:80", "tcp 1.2.3.4:80".
  void Network(std::string_view text) {
    if (text.starts_with('/')) return Path(text);
    if (TakePrefix(text, "control-name:")) return Fact("control-name", text);
    NetworkEnd end;
    const bool is_local = TakePrefix(text, "local:");
    const bool is_remote = !is_local && TakePrefix(text, "remote:");
    for (const std::string_view protocol : {"tcp4", "tcp6", "tcp", "udp4", "udp6", "udp", "ip4", "ip6", "ip"}) {
      if (text.starts_with(protocol) && text.size() > protocol.size() &&
          (text[protocol.size()] == ' ' || text[protocol.size()] == ':')) {
        end.protocol = protocol;
        text.remove_prefix(protocol.size() + 1);
        break;
      }
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return;
    end.host = text.substr(0, colon);
    end.port = text.substr(colon + 1);
    if (end.host.empty() || (end.port != "*" && !IsNumber(end.port))) return;
    const bool outbound = query_.operation == "network-outbound" || query_.operation == "network*";
    (is_local || (!is_remote && !outbound) ? query_.local : query_.remote) = std::move(end);
  }

  Query& query_;
};

}  // namespace

bool LogMayCarry(std::string_view base) {
  static constexpr auto kOthers = std::to_array<std::string_view>(
      {"path", "global-name", "local-name", "xpc-service-name", "iokit-registry-entry-class", "iokit-property",
       "extension-class", "ioctl-command", "socket-domain", "socket-type", "socket-protocol", "socket-option-level",
       "socket-option-name", "target", "signal-number", "control-name"});
  return std::ranges::find(kOthers, base) != kOthers.end() ||
         std::ranges::find(kFamilies, base, &Family::fact) != kFamilies.end();
}

Query QueryFromAccess(std::string_view operation, const std::optional<std::string>& target) {
  Query query;
  query.operation = operation;
  query.raw_target = target;
  if (target && !target->empty()) TargetReader(query).Read(*target);
  return query;
}

}  // namespace sbtune::sbpl
