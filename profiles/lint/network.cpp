// Addresses in network filters: the kernel's compiler takes `*` and `localhost`, nothing else.
#include <algorithm>

#include <fmt/format.h>

#include "profiles/lint/context.h"

namespace sbtune::lint {
namespace {

bool IsLoopback(std::string_view host) {
  return host == "127.0.0.1" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

void CheckAddress(Context& context, const sbpl::Rule& rule, const sbpl::Argument& argument) {
  const std::string_view text = TextOf(argument);
  const std::size_t colon = text.rfind(':');
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (host != "*" && host != "localhost") {
    const std::string mended = fmt::format("localhost:{}", port);
    Report report{"network-host", fmt::format("'{}' names a host: only '*' and 'localhost' can be told apart", text),
                  argument.range, rule.frames,
                  IsLoopback(host) ? fmt::format("write '{}'", mended)
                                   : "a sandbox cannot filter by address or name: allow the port, or deny"};
    const auto quoted = context.QuotedAt(argument);
    if (IsLoopback(host) && quoted && colon != std::string_view::npos) {
      if (auto edit = context.Requote(*quoted, mended)) {
        report.fix = Fix{fmt::format("write '{}'", mended), {std::move(*edit)}};
      }
    }
    return context.Add(std::move(report));
  }
  const bool number = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos;
  const bool good = port == "*" || (number && std::stoi(std::string(port)) <= 65535);
  if (good) return;
  context.Add({"network-port", fmt::format("'{}' needs a port number or '*' after a colon", text), argument.range,
               rule.frames, fmt::format("for every port write '{}:*'", host)});
}

}  // namespace

void CheckNetwork(Context& context) {
  for (const sbpl::Rule& rule : context.profile.rules) {
    ForEachLeaf(rule, [&](const sbpl::Filter& filter) {
      if (filter.name != "local" && filter.name != "remote") return;
      for (const sbpl::Argument& argument : filter.arguments) {
        if (std::holds_alternative<std::string>(argument.value)) CheckAddress(context, rule, argument);
      }
    });
  }
}

}  // namespace sbtune::lint
