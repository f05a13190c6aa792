// Path filters that can never match what they name: the kernel compares canonical absolute paths.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "profiles/lint/context.h"
#include "profiles/sbpl/regex.h"

namespace sbtune::lint {
namespace {

using catalog::MatchKind;

constexpr std::array<std::string_view, 3> kLinks = {"/tmp", "/var", "/etc"};
constexpr std::string_view kDataVolume = "/System/Volumes/Data";

// The link that a path goes through: "/tmp" of "/tmp/x". Empty if none, and for the link itself.
std::string_view LinkOn(std::string_view path) {
  for (const std::string_view link : kLinks) {
    if (path.size() > link.size() && path.starts_with(link) && path[link.size()] == '/') return link;
  }
  return {};
}

bool IsLink(std::string_view path) { return std::ranges::find(kLinks, path) != kLinks.end(); }

bool Named(const sbpl::Rule& rule, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(rule.operations, [&](const sbpl::RuleOperation& operation) {
    return std::ranges::find(names, operation.name) != names.end();
  });
}

// file-test-existence sees the caller's spelling, so every path may be asked about.
bool SeesCallersSpelling(const sbpl::Rule& rule) {
  return std::ranges::all_of(rule.operations, [](const sbpl::RuleOperation& operation) {
    return operation.name == "file-test-existence";
  });
}

// Whoever goes through a link needs metadata of the link itself, under its own path.
bool ReadsLinks(const sbpl::Rule& rule) {
  return Named(rule, {"file-read-metadata", "file-read*", "file*", "default", "file-test-existence"});
}

std::string Cleaned(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
    at = end + 1;
  }
  std::string clean;
  for (const std::string_view part : parts) clean += "/" + std::string(part);
  return clean.empty() ? "/" : clean;
}

std::string_view Trimmed(std::string_view path) {
  return path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

class PathCheck {
 public:
  PathCheck(Context& context, const sbpl::Rule& rule, const std::set<std::string>& known)
      : context_(context), rule_(rule), known_(known) {}

  void Run(const sbpl::Filter& filter) {
    const catalog::Filter* info = context_.catalog.FindFilter(filter.name);
    if (info == nullptr) return;
    if (info->base != "path") return Names(filter, *info);
    for (const sbpl::Argument& argument : filter.arguments) {
      const std::string_view text = TextOf(argument);
      if (text.starts_with("${")) continue;  // newer systems read a variable there
      if (info->match == MatchKind::kRegex) {
        Expression(argument, text);
      } else if (!Shape(argument, text, info->match)) {
        Place(argument, info->match == MatchKind::kSubpath ? Trimmed(text) : text, info->match);
      }
    }
  }

 private:
  // Mistakes that need no knowledge of the file system.
  bool Shape(const sbpl::Argument& argument, std::string_view text, MatchKind match) {
    if (!text.starts_with('/')) {
      if (match == MatchKind::kPrefix && text.empty()) return true;
      Relative(argument, text);
      return true;
    }
    const bool tail_counts = match != MatchKind::kPrefix;
    std::string clean = Cleaned(text);
    if (!tail_counts && text.ends_with('/') && clean != "/") clean += '/';
    if (clean != text) {
      if (match == MatchKind::kSubpath && clean + "/" == text) return Slash(argument, text, clean);
      Report report{"unclean-path", fmt::format("no path is ever spelled '{}'", text), argument.range, rule_.frames,
                    fmt::format("the system compares clean paths: write '{}'", clean)};
      Rewrite(report, argument, clean);
      return true;
    }
    if (text.find_first_of("*?") != std::string_view::npos) {
      context_.Add({"glob-in-path", fmt::format("'{}' stands for itself: only a regex has wildcards", text),
                    argument.range, rule_.frames, GlobHint(text)});
    }
    return false;
  }

  // The loader says the same without a mend.
  bool Slash(const sbpl::Argument& argument, std::string_view text, const std::string& clean) {
    if (!LinkOn(clean).empty() || IsLink(clean)) return false;
    Report report{"subpath-slash", fmt::format("the subpath '{}' ends with a slash", text), argument.range,
                  rule_.frames, "older systems refuse that; it covers everything below in either case"};
    Rewrite(report, argument, clean);
    return true;
  }

  // The names of services and the like; what else is a text (an entitlement's value) may well hold a star.
  void Names(const sbpl::Filter& filter, const catalog::Filter& info) {
    static const std::set<std::string_view> kNames = {
        "appleevent-destination", "global-name",       "iokit-property",   "iokit-registry-entry-class", "ipc-posix-name",
        "kext-bundle-id",         "local-name",        "notification-name", "preference-domain",          "right-name",
        "sysctl-name",            "xpc-service-name"};
    if (!kNames.contains(info.base) || info.match == MatchKind::kRegex) return;
    for (const sbpl::Argument& argument : filter.arguments) {
      const std::string_view text = TextOf(argument);
      const std::size_t star = text.find('*');
      if (star == std::string_view::npos) continue;
      const bool at_end = star + 1 == text.size() && star > 0;
      context_.Add({"glob-in-path", fmt::format("'{}' stands for itself: only a regex has wildcards", text), argument.range,
                    rule_.frames,
                    at_end ? fmt::format("for all that begin so write ({}-prefix \"{}\")", info.base, text.substr(0, star))
                           : fmt::format("write ({}-regex …)", info.base)});
    }
  }

  static std::string GlobHint(std::string_view text) {
    const std::size_t star = text.find_first_of("*?");
    const std::size_t slash = text.rfind('/', star);
    const std::string folder(text.substr(0, std::max<std::size_t>(slash, 1)));
    if (text.substr(slash) == "/*" || text.substr(slash) == "/**") {
      return fmt::format("for everything below write (subpath \"{}\")", folder);
    }
    return fmt::format("write a regex that begins with ^{}", folder);
  }

  void Relative(const sbpl::Argument& argument, std::string_view text) {
    std::string hint = "paths begin with a slash";
    if (text.starts_with("~")) hint = "nobody expands ~ here: pass the home folder as a parameter and use string-append";
    if (text.starts_with("$")) hint = "nobody expands variables here: pass the value with -D and use (param \"…\")";
    if (text.starts_with("^")) hint = "this looks like a regular expression: use (regex …)";
    context_.Add({"relative-path", fmt::format("no path matches '{}', which does not begin with a slash", text),
                  argument.range, rule_.frames, std::move(hint)});
  }

  void Place(const sbpl::Argument& argument, std::string_view text, MatchKind match) {
    if (SeesCallersSpelling(rule_)) return;
    if (IsLink(text)) return Link(argument, text, match);
    if (!LinkOn(text).empty()) return Dead(argument, text, LinkOn(text));
    const bool is_home = text == "/home" && !(match == MatchKind::kExact && ReadsLinks(rule_));
    if (is_home || text.starts_with("/home/")) {
      context_.Add({"dead-path", fmt::format("'{}' matches nothing: /home is a link of the automounter", text),
                    argument.range, rule_.frames, "home folders are below /Users"});
    }
    Firmlink(argument, text);
  }

  // "/tmp" alone: right for metadata of the link itself, and for a subpath only of the link itself.
  void Link(const sbpl::Argument& argument, std::string_view text, MatchKind match) {
    if (match == MatchKind::kExact && ReadsLinks(rule_)) return;
    Report report{"dead-path",
                  fmt::format("'{0}' is a link to /private{0}: {1}", text,
                              match == MatchKind::kExact ? "only its metadata is ever asked for under this path"
                                                         : "below it this filter matches nothing"),
                  argument.range, rule_.frames, fmt::format("write '/private{}'", text)};
    Finish(report, argument, text);
  }

  void Dead(const sbpl::Argument& argument, std::string_view text, std::string_view link) {
    Report report{"dead-path", fmt::format("'{}' matches nothing: {} is a link to /private{}", text, link, link),
                  argument.range, rule_.frames, fmt::format("write '/private{}'", text)};
    Finish(report, argument, text);
  }

  void Finish(Report& report, const sbpl::Argument& argument, std::string_view text) {
    if (known_.contains("/private" + std::string(text))) {
      report.severity = base::Severity::kNote;
      report.hint = fmt::format("the profile also says '/private{}', which does the work: this one can go", text);
      return context_.Add(std::move(report));
    }
    Rewrite(report, argument, "/private" + std::string(text));
  }

  void Firmlink(const sbpl::Argument& argument, std::string_view text) {
    if (!text.starts_with(kDataVolume) || text.size() <= kDataVolume.size()) return;
    std::string_view rest = text.substr(kDataVolume.size());
    for (const std::string_view folder : {"/Users", "/Applications", "/Library", "/private", "/opt", "/usr/local",
                                          "/Volumes", "/cores"}) {
      if (rest != folder && !(rest.starts_with(folder) && rest[folder.size()] == '/')) continue;
      if (known_.contains(std::string(rest))) return;
      Report report{"firmlink-path", fmt::format("'{}' matches nothing: the system sees this place as '{}'", text, rest),
                    argument.range, rule_.frames, fmt::format("write '{}'", rest)};
      return Rewrite(report, argument, std::string(rest));
    }
  }

  // `^/tmp/…`: a regex whose every match begins with a link.
  void Expression(const sbpl::Argument& argument, std::string_view text) {
    const auto syntax = sbpl::ParseRegex(text, sbpl::RegexCase::kExact);
    if (!syntax || SeesCallersSpelling(rule_)) return;
    std::string_view link = LinkOn(syntax->prefix);
    if (link.empty() && IsLink(syntax->prefix) && text.find("(/|$)") != std::string_view::npos) link = syntax->prefix;
    if (link.empty() || !text.starts_with("^")) return;
    const std::string mended = "^/private" + std::string(text.substr(1));
    Report report{"dead-path", fmt::format("'{}' matches nothing: {} is a link to /private{}", text, link, link),
                  argument.range, rule_.frames, fmt::format("write '{}'", mended)};
    if (known_.contains(mended)) {
      report.severity = base::Severity::kNote;
      return context_.Add(std::move(report));
    }
    Rewrite(report, argument, mended);
  }

  void Rewrite(Report& report, const sbpl::Argument& argument, const std::string& text) {
    if (const auto quoted = context_.QuotedAt(argument)) {
      if (auto edit = context_.Requote(*quoted, text)) {
        report.fix = Fix{fmt::format("write '{}'", text), {std::move(*edit)}};
      }
    }
    context_.Add(std::move(report));
  }

  Context& context_;
  const sbpl::Rule& rule_;
  const std::set<std::string>& known_;
};

}  // namespace

void CheckPaths(Context& context) {
  std::set<std::string> known;  // every text of the profile: a dead path beside its living spelling is harmless
  for (const sbpl::Rule& rule : context.profile.rules) {
    ForEachLeaf(rule, [&](const sbpl::Filter& filter) {
      for (const sbpl::Argument& argument : filter.arguments) known.emplace(TextOf(argument));
    });
  }
  for (const sbpl::Rule& rule : context.profile.rules) {
    PathCheck check(context, rule, known);
    ForEachLeaf(rule, [&](const sbpl::Filter& filter) { check.Run(filter); });
  }
}

}  // namespace sbtune::lint
