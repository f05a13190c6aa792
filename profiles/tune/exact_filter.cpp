#include "profiles/tune/exact_filter.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::tune {
namespace {

std::unexpected<Refusal> Refuse(Reason reason, std::string text) {
  return std::unexpected(Refusal{reason, std::move(text)});
}

// The spelling that profiles use where the canonical name is not it.
std::string_view Spelling(std::string_view canonical, const catalog::Operation& operation) {
  if (canonical == "path") return "literal";
  if (canonical == "iokit-registry-entry-class" && operation.name == "iokit-open-user-client") {
    return "iokit-user-client-class";
  }
  return canonical;
}

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// An ioctl or fsctl number as C writes it: (_IO "h" 47).
std::string CommandAlias(std::int64_t value) {
  const auto group = static_cast<unsigned char>((value >> 8) & 0xFF);
  const bool letter = (group >= 'a' && group <= 'z') || (group >= 'A' && group <= 'Z');
  if (!letter || value > 0xFFFF) return "";
  return fmt::format("(_IO \"{}\" {})", static_cast<char>(group), value & 0xFF);
}

std::optional<sbpl::Argument> NumberArgument(const catalog::Filter& filter, std::string_view text) {
  if (const auto value = Number(text)) {
    return sbpl::Argument{*value, filter.name.ends_with("-command") ? CommandAlias(*value) : "", {}};
  }
  for (const catalog::NamedValue& named : filter.named_values) {
    if (named.name == text) return sbpl::Argument{named.value, std::string(text), {}};
  }
  return std::nullopt;
}

std::size_t Occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class Maker {
 public:
  Maker(const sbpl::Query& query, const catalog::Operation& operation, const catalog::Catalog& catalog)
      : query_(query), operation_(operation), catalog_(catalog) {}

  std::expected<ExactFilter, Refusal> Make() {
    if (auto refused = AddPath()) return std::unexpected(std::move(*refused));
    for (const auto& [name, end] : {std::pair("local", &query_.local), std::pair("remote", &query_.remote)}) {
      if (!*end) continue;
      if (auto refused = AddEnd(name, **end)) return std::unexpected(std::move(*refused));
    }
    for (const auto& [name, values] : query_.facts) {
      if (auto refused = AddFact(name, values)) return std::unexpected(std::move(*refused));
    }
    return Finish();
  }

 private:
  const catalog::Filter* Applicable(std::string_view name) const {
    const catalog::Filter* filter = catalog_.FindFilter(name);
    return filter != nullptr && catalog_.Applies(*filter, operation_) ? filter : nullptr;
  }

  std::optional<Refusal> AddText(const catalog::Filter& filter, const std::string& text) {
    const auto literal = sbpl::StringLiteral(text);
    if (!literal) return Refusal{Reason::kUnwritable, literal.error().message};
    const std::string_view spelled = Spelling(filter.name, operation_);
    parts_.push_back({std::string(filter.name), std::string(spelled), {{text, "", {}}}, {}, {}});
    return std::nullopt;
  }

  std::optional<Refusal> AddPath() {
    if (!query_.path) return std::nullopt;
    if (query_.second_path) {
      return Refusal{Reason::kNoExactFilter, "the log names two paths, and no filter ties a rule to both"};
    }
    const catalog::Filter* filter = Applicable("path");
    if (filter == nullptr) return std::nullopt;
    // One measurement on macOS 26 found the filter ioctl-command matching nothing: a rule with it might not help.
    if (Applicable("ioctl-command") != nullptr) {
      opens_.push_back("every other ioctl on the same device");
      width_ = Width::kWide;
    }
    return AddText(*filter, *query_.path);
  }

  std::optional<Refusal> AddEnd(std::string_view name, const sbpl::NetworkEnd& end) {
    const catalog::Filter* filter = Applicable(name);
    if (filter == nullptr) return std::nullopt;
    const auto port = Number(end.port);
    if (!port) return Refusal{Reason::kNoTarget, "the log does not tell the port"};
    if (*port > 65535 || (end.port.size() > 1 && end.port.starts_with('0'))) {
      return Refusal{Reason::kUnwritable, fmt::format("{} is no port that a system would log", end.port)};
    }
    const bool loopback = end.host == "localhost" || end.host == "[::1]" || end.host == "::1" ||
                          end.host.starts_with("127.");
    const std::string protocol = end.protocol.empty() ? "ip" : end.protocol;
    auto word = NumberArgument(*filter, protocol);
    if (!word) word = sbpl::Argument{std::int64_t{0}, protocol, {}};
    const std::string address = (loopback ? "localhost:" : "*:") + end.port;
    parts_.push_back({std::string(filter->name), std::string(filter->name), {*word, {address, "", {}}}, {}, {}});
    if (!loopback) width_ = Width::kWide;
    const std::string_view transport = end.protocol.empty() ? ", by TCP and by UDP" : "";
    if (name == "remote") {
      const std::string_view whose = loopback ? "this machine" : "every host (a profile cannot name one)";
      opens_.push_back(fmt::format("port {} of {}{}", end.port, whose, transport));
    } else {
      opens_.push_back(loopback ? fmt::format("port {} on the loopback address{}", end.port, transport)
                                : fmt::format("port {} on every address of this machine{}", end.port, transport));
    }
    return std::nullopt;
  }

  std::optional<Refusal> AddFact(const std::string& name, const std::vector<std::string>& values) {
    if (name == "ioctl-command") return std::nullopt;  // see AddPath
    const catalog::Filter* filter = Applicable(name);
    if (filter == nullptr || values.empty()) return std::nullopt;
    if (filter->argument == catalog::ArgumentType::kString || filter->argument == catalog::ArgumentType::kPath) {
      return AddText(*filter, values.front());
    }
    const auto argument = NumberArgument(*filter, values.front());
    if (!argument) {
      return Refusal{Reason::kNoExactFilter,
                     fmt::format("'{}' is no value that the filter {} knows", values.front(), filter->name)};
    }
    parts_.push_back({std::string(filter->name), std::string(filter->name), {*argument}, {}, {}});
    if (name == "target" && values.front() != "self") {
      opens_.push_back(fmt::format("every process of the class '{}' (a profile cannot name one)", values.front()));
      width_ = Width::kWide;
    }
    return std::nullopt;
  }

  std::expected<ExactFilter, Refusal> Finish() {
    if (parts_.empty()) return Targetless();
    ExactFilter exact{std::nullopt, width_, std::move(opens_)};
    if (parts_.size() == 1) {
      exact.filter = std::move(parts_.front());
    } else {
      std::stable_sort(parts_.begin(), parts_.end(),
                       [](const sbpl::Filter& a, const sbpl::Filter& b) { return a.name < b.name; });
      exact.filter = sbpl::Filter{"require-all", "require-all", {}, std::move(parts_), {}};
    }
    return exact;
  }

  // Systems that log these without a target are common, and only numbers could narrow them. Then the bare rule is as near as
  // a profile gets to the denial. For every other operation a line without target has lost a path, a name or a process, and
  // the bare rule would open what nobody asked for.
  bool IsLoggedBare() const { return operation_.name == "system-socket" || operation_.name == "system-fsctl"; }

  ExactFilter EveryTarget() const {
    std::vector<std::string_view> names(operation_.filters.begin(), operation_.filters.end());
    std::sort(names.begin(), names.end());
    return {std::nullopt, Width::kWide,
            {fmt::format("every target, since the log names none; {} can narrow it by hand", fmt::join(names, ", "))}};
  }

  std::expected<ExactFilter, Refusal> Targetless() {
    if (operation_.filters.empty()) {
      // A family allowed without filter is what no suggestion ever is; a forged line must not bring one.
      if (operation_.name.ends_with('*')) {
        return Refuse(Reason::kNoExactFilter, "the log names a whole family of operations, and no filter can narrow it");
      }
      ExactFilter unfiltered;
      if (query_.raw_target) {
        unfiltered.width = Width::kWide;
        unfiltered.opens.push_back("every target (no filter of this operation tests one)");
      }
      return unfiltered;
    }
    if (!query_.raw_target && IsLoggedBare()) return EveryTarget();
    if (query_.raw_target && operation_.name.starts_with("file-")) {
      return Refuse(Reason::kIncompleteTarget, "the log shows no whole path");
    }
    if (query_.raw_target) {
      return Refuse(Reason::kNoExactFilter, "no filter of this operation tests what the log tells of the target");
    }
    return Refuse(Reason::kNoTarget, "the log names no target, and a rule without filter would allow every one");
  }

  const sbpl::Query& query_;
  const catalog::Operation& operation_;
  const catalog::Catalog& catalog_;
  std::vector<sbpl::Filter> parts_;
  std::vector<std::string> opens_;
  Width width_ = Width::kExact;
};

}  // namespace

std::expected<ExactFilter, Refusal> MakeExactFilter(const sbpl::Query& query, const catalog::Operation& operation,
                                                    const catalog::Catalog& catalog) {
  return Maker(query, operation, catalog).Make();
}

bool HasSecondReading(const sbpl::Query& query) {
  if (!query.raw_target) return false;
  std::string_view raw = *query.raw_target;
  for (const std::string_view label : {"path:", "target:", "target "}) {  // a path itself begins with a slash
    if (query.path && raw.starts_with(label)) raw.remove_prefix(label.size());
  }
  if (query.path && query.facts.empty()) {
    return raw != *query.path && "/private" + std::string(raw) != *query.path;
  }
  if (query.path) {
    return Occurrences(raw, " class:") + Occurrences(raw, " extension-class:") +
               Occurrences(raw, " extension-class ") + Occurrences(raw, " ioctl-command:") != 1;
  }
  for (const std::string_view kind : {"global-name:", "local-name:", "xpc-service-name:"}) {
    if (query.operation.starts_with("mach-") && raw.starts_with(kind)) return true;
  }
  return false;
}

}  // namespace sbtune::tune
