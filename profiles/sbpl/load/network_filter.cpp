// (local …) and (remote …): a protocol, then any number of "host:port"; or a unix socket by its path.
#include <charconv>
#include <fmt/format.h>

#include "profiles/sbpl/load/arguments.h"
#include "profiles/sbpl/load/evaluation.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::sbpl {
namespace {

using scheme::Call;
using scheme::Type;
using scheme::Value;

void ReturnPathFilter(const Call& call, std::string_view name, std::string_view text, base::SourceRange range) {
  Evaluation& evaluation = Evaluation::Of(call.machine);
  const ArgumentNode argument{ArgumentNode::Kind::kText, text, 0, {}, range};
  FilterNode node{{&kFilterKind}, name, call.callee.name, evaluation.catalog().FindFilter(name), {}, {},
                  call.range, 0, 0};
  node.arguments = evaluation.heap().NewArray(std::span<const ArgumentNode>(&argument, 1));
  const FilterNode* made = evaluation.MakeFilter(node);
  if (made != nullptr) call.machine.Return(Value(const_cast<FilterNode*>(made)));
}

// The old spelling; the path filter may as well stand on the operation itself.
void MakeUnixSocketFilter(const Call& call) {
  if (call.size() == 1) return ReturnPathFilter(call, "subpath", "/", call.range);
  if (call.size() > 2) {
    return call.machine.Fail("wrong-arguments", "a unix socket takes one path", call.range);
  }
  if (AsFilter(call[1]) != nullptr) return call.machine.Return(call[1]);
  if (!call[1].is(Type::kString)) return scheme::WrongType(call, 1, "a path filter or a regular expression");
  const ArgumentNode text = TextArgument(call, 1);
  ReturnPathFilter(call, "path-regex", text.text, text.range);
}

// The system takes no host but * and localhost, and a port number or *. The rule is kept, so that others can say
// more about it, but the profile counts as broken.
void CheckAddress(const Call& call, std::size_t index) {
  const std::string_view address = call[index].string()->view();
  const std::size_t colon = address.rfind(':');
  const std::string hint = "write \"*:443\" or \"localhost:*\"; single hosts cannot be named";
  const base::SourceRange range = call.arguments[index].range;
  if (colon == std::string_view::npos) {  // what the system makes of it is not known
    return call.machine.Warn("network-port", "an address is HOST:PORT", range, hint);
  }
  const std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  if (host != "*" && host != "localhost") {
    return call.machine.Blame("network-host", "the host of an address must be * or localhost", range, hint);
  }
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port != "*" && (error != std::errc() || end != port.data() + port.size())) {
    call.machine.Blame("network-port", "the port of an address must be a number up to 65535, or *", range, hint);
  }
}

std::string ProtocolHint(std::string_view word) {
  return fmt::format("for example ({0} tcp \"*:443\"); protocols are ip, tcp and udp, each also with 4 or 6", word);
}

}  // namespace

void MakeNetworkFilter(const Call& call) {
  const FilterWord& word = *static_cast<const FilterWord*>(call.callee.context);
  if (call.size() == 0) {
    return call.machine.Fail("wrong-arguments", fmt::format("{} needs a protocol", word.spelled), call.range,
                             ProtocolHint(word.spelled));
  }
  const auto* protocol = As<ConstantObject>(call[0], kConstantKind);
  if (protocol != nullptr && (protocol->name == "unix" || protocol->name == "unix-socket")) {
    return MakeUnixSocketFilter(call);
  }
  if (call[0].is(Type::kString)) {
    return call.machine.Fail("wrong-type", fmt::format("{} needs a protocol before the address", word.spelled),
                             call.arguments[0].range, ProtocolHint(word.spelled));
  }
  std::vector<ArgumentNode> arguments;
  for (std::size_t i = 0; i < call.size(); ++i) {
    const bool first = i == 0;
    const ArgumentWanted wanted{first ? catalog::ArgumentType::kInteger : catalog::ArgumentType::kNetwork,
                                word.info->named_values, false, word.spelled};
    const std::optional<ArgumentNode> argument = TakeArgument(call, i, wanted);
    if (!argument) return;
    if (!first) CheckAddress(call, i);
    arguments.push_back(*argument);
  }
  FilterNode node{{&kFilterKind}, word.info->name, call.callee.name, word.info, {}, {}, call.range, 0, 0};
  node.arguments = call.machine.heap().NewArray(std::span<const ArgumentNode>(arguments));
  const FilterNode* made = Evaluation::Of(call.machine).MakeFilter(node);
  if (made != nullptr) call.machine.Return(Value(const_cast<FilterNode*>(made)));
}

}  // namespace sbtune::sbpl
