#include "profiles/sbpl/decide/cases.h"

#include <fmt/format.h>

namespace sbtune::sbpl {

Cases Cases::Of(const EndView& end) {
  return {(end.protocol == 0 ? kProtocol : 0) | (end.family == 0 ? kFamily : 0) |
          (end.host == Host::kUnknown ? kHost : 0)};
}

void Cases::Apply(int number, EndView& end) const {
  if ((open & kProtocol) != 0) end.protocol = (number & kProtocol) == 0 ? kTcp : kUdp;
  if ((open & kFamily) != 0) end.family = (number & kFamily) == 0 ? kIp4 : kIp6;
  if ((open & kHost) != 0) end.host = (number & kHost) == 0 ? Host::kOther : Host::kLocalhost;
}

std::optional<std::string> DifferenceBetween(const Outcomes& outcome) {
  struct Question {
    int bit;
    const char *no, *yes, *what_to_do;
  };
  static constexpr Question kQuestions[] = {
      {Cases::kProtocol, "over tcp", "over udp", "give --fact protocol=tcp or udp"},
      {Cases::kFamily, "over IPv4", "over IPv6", "give --fact protocol=ip4 or ip6"},
      {Cases::kHost, "to other hosts", "to localhost", "name the host in the target, as in remote:localhost:443"},
  };
  for (const Question& question : kQuestions) {
    const Decision no = outcome[0], yes = outcome[static_cast<std::size_t>(question.bit)];
    bool explains = no != yes && no != Decision::kUnknown && yes != Decision::kUnknown;
    for (int number = 0; number < Cases::kCount; ++number) {
      explains = explains && outcome[static_cast<std::size_t>(number)] == ((number & question.bit) == 0 ? no : yes);
    }
    if (!explains) continue;
    const auto word = [](Decision decision) { return decision == Decision::kAllow ? "allowed" : "denied"; };
    return fmt::format("it is {} {} and {} {}, and the log does not tell which; {}", word(no), question.no, word(yes),
                       question.yes, question.what_to_do);
  }
  return std::nullopt;
}

}  // namespace sbtune::sbpl
