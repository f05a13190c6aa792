// `sbtune decide`: what a profile says to each access, in bulk. Plumbing for pipes and scripts.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <unordered_map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/decide_lines.h"
#include "cli/json_bytes.h"
#include "cli/output.h"
#include "cli/profile_options.h"
#include "cli/terminal.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

using sbpl::Verdict;

constexpr std::size_t kBlock = 1u << 20;         // bytes read at a time
constexpr std::size_t kLongestLine = 10u << 20;  // longer ones are refused

constexpr const char* kFooter =
    "Reads lines from standard input, \"operation TAB target\"; the target may be missing. In a target \\t is a tab,\n"
    "\\n a newline, \\\\ a backslash; any other backslash stands for itself. Targets are spelled as logs spell them\n"
    "(/private/etc/hosts, remote:*:443, iokit-class:X property:Y, others [NAME(PID)] signum:15); beyond that a\n"
    "connection may name its protocol (tcp:127.0.0.1:443) and a service its kind (xpc-service-name:com.example.a,\n"
    "local-name:…; a bare name is a global one).\n"
    "\n"
    "Writes for each line, in order: allow, deny or unknown TAB the rule as FILE:LINE:COL TAB the line as it came.\n"
    "Instead of a rule stands `default` where none of the profile's rules decides: the tables, (version 1)'s preamble\n"
    "or a rule that the system adds. Unknown means that a filter needs a fact that the target does not carry; the\n"
    "rule named is the one with that filter; --json tells the fact, --fact gives it.\n"
    "\n"
    "A line that cannot be read, or that names an operation nobody knows, is reported on stderr with its number; the\n"
    "others are answered, and the exit status is 1.\n"
    "\n"
    "--json prints one object a line, always with these keys:\n"
    "  line                from 1\n"
    "  operation, target   as asked; the target is null when missing; target_hex beside one that is not UTF-8\n"
    "  decision            allow, deny, unknown\n"
    "  basis               filtered-rule, plain-rule, implicit-rule (the system adds it), default-allowed,\n"
    "                      default-denied, unknown-fact, no-operation, beside-profile (the system forbids it in\n"
    "                      any sandbox)\n"
    "  rule                FILE:LINE:COL or null\n"
    "  decided_as          the operation whose entry decided, often a parent; null for no-operation\n"
    "  reason              of unknown: which fact is missing; else null\n";

class Answers {
 public:
  Answers(const sbpl::Profile& profile, const sbpl::Policy& policy, bool json, const Invocation& invocation)
      : profile_(profile), policy_(policy), json_(json), escape_(IsTerminal(invocation.out)), invocation_(invocation) {}

  void Answer(std::string_view line) {
    ++line_number_;
    base::Result<Question> question = ReadQuestion(line);
    if (!question) return Complain(question.error().message);
    const Verdict verdict = policy_.Decide(sbpl::QueryFromAccess(question->operation, question->target));
    if (verdict.basis == sbpl::Basis::kNoOperation) Complain(WhyNoOperation(*question, verdict));
    json_ ? AddJson(*question, verdict) : AddText(line, verdict);
  }

  void Complain(std::string_view what) {
    complained_ = true;
    Tell(invocation_, fmt::format("sbtune: line {}: {}\n", line_number_, base::EscapeForTerminal(what)));
  }
  void SkipLine() { ++line_number_; }

  // Hands what has been gathered to stdout; false when it cannot take it.
  [[nodiscard]] Exit Flush() {
    const Exit done = Print(invocation_, out_);
    out_.clear();
    return done == Exit::kDone ? cli::Flush(invocation_) : done;
  }
  [[nodiscard]] bool complained() const { return complained_; }

 private:
  // The commonest reason is a blank where the tab belongs.
  [[nodiscard]] std::string WhyNoOperation(const Question& question, const Verdict& verdict) const {
    const std::size_t blank = question.operation.find(' ');
    const bool lacks_tab = blank != std::string::npos && !question.target &&
                           policy_.catalog().FindOperation(question.operation.substr(0, blank));
    return lacks_tab ? "no tab between the operation and its target" : verdict.unknown_reason;
  }

  // A place is asked for millions of times and there are few.
  const std::string& Where(const Verdict& verdict) {
    static const std::string kDefault = "default";
    if (verdict.rule == nullptr || verdict.rule->implicit) return kDefault;
    std::string& where = places_[verdict.rule];
    if (where.empty()) where = SpellField(profile_.sources.Where(verdict.rule->range));
    return where;
  }

  void AddText(std::string_view line, const Verdict& verdict) {
    out_ += sbpl::Name(verdict.decision);
    out_ += '\t';
    out_ += escape_ ? base::EscapeForTerminal(Where(verdict)) : Where(verdict);
    out_ += '\t';
    if (escape_) {
      const std::size_t tab = std::min(line.find('\t'), line.size());
      out_ += base::EscapeForTerminal(line.substr(0, tab));
      if (tab < line.size()) out_ += "\t" + base::EscapeForTerminal(line.substr(tab + 1));
    } else {
      out_ += line;
    }
    out_ += '\n';
  }

  void AddJson(const Question& question, const Verdict& verdict) {
    Json json;
    json["line"] = line_number_;
    PutBytes(json, "operation", question.operation);
    PutBytes(json, "target", question.target);
    json["decision"] = sbpl::Name(verdict.decision);
    json["basis"] = sbpl::Name(verdict.basis);
    const bool own = verdict.rule != nullptr && !verdict.rule->implicit;
    json["rule"] = own ? Json(base::ToValidUtf8(profile_.sources.Where(verdict.rule->range))) : Json(nullptr);
    json["decided_as"] = verdict.operation.empty() ? Json(nullptr) : Json(verdict.operation);
    json["reason"] = verdict.unknown_reason.empty() ? Json(nullptr) : Json(base::ToValidUtf8(verdict.unknown_reason));
    out_ += json.dump() + "\n";
  }

  const sbpl::Profile& profile_;
  const sbpl::Policy& policy_;
  bool json_;
  bool escape_;
  const Invocation& invocation_;
  std::string out_;
  std::unordered_map<const sbpl::Rule*, std::string> places_;
  std::uint64_t line_number_ = 0;
  bool complained_ = false;
};

// Cuts standard input into lines; what has come is answered before more is waited for.
class StdinLines {
 public:
  // False at the end of the input.
  base::Result<bool> AnswerBlock(Answers& answers) {
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + kBlock);
    ssize_t got = 0;
    do got = ::read(STDIN_FILENO, buffer_.data() + kept, kBlock);
    while (got < 0 && errno == EINTR);
    if (got < 0) return base::Fail(fmt::format("cannot read standard input: {}", std::strerror(errno)));
    buffer_.resize(kept + static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = buffer_.find('\n', kept); end != std::string::npos; end = buffer_.find('\n', begin)) {
      AnswerLine(std::string_view(buffer_).substr(begin, end - begin), answers);
      begin = end + 1;
    }
    buffer_.erase(0, begin);
    if (buffer_.size() > kLongestLine) buffer_.resize(1), too_long_ = true;
    if (got == 0 && !buffer_.empty()) AnswerLine(buffer_, answers);
    return got > 0;
  }

 private:
  void AnswerLine(std::string_view line, Answers& answers) {
    if (!too_long_) return answers.Answer(line);
    too_long_ = false;
    answers.SkipLine();
    answers.Complain("longer than 10 MiB; no target is that long");
  }

  std::string buffer_;
  bool too_long_ = false;  // of the line in `buffer_` only a piece is kept
};

struct Options {
  ProfileOptions profile;
  bool json = false;
};

Exit Run(const Options& options, const Invocation& invocation) {
  const auto policy_options = ToPolicyOptions(options.profile);
  if (!policy_options) return Refuse(invocation, policy_options.error());
  const auto loaded = LoadProfileOrReport(options.profile, invocation);
  if (!loaded) return loaded.error();
  const auto policy = sbpl::Policy::Compile(loaded->profile, *policy_options);
  if (!policy) return Fail(invocation, policy.error());
  Answers answers(loaded->profile, *policy, options.json, invocation);
  StdinLines lines;
  for (;;) {
    const base::Result<bool> more = lines.AnswerBlock(answers);
    if (const Exit done = answers.Flush(); done != Exit::kDone) return done;
    if (!more) return Fail(invocation, more.error());
    if (!*more) return answers.complained() ? Exit::kFailed : Exit::kDone;
  }
}

}  // namespace

void AddDecide(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("decide", "Decides accesses by a profile, in bulk");
  const auto options = std::make_shared<Options>();
  AddProfileOptions(*command, options->profile);
  command->add_flag("--json", options->json, "One JSON object a line");
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
