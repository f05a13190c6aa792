#include "cli/apply_proposal.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/output.h"
#include "cli/proposal_file.h"
#include "cli/terminal.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kFewestDigits = 12;

std::string CheckDigits(const std::string& text) {
  const bool good = text.size() >= kFewestDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  return good ? "" : fmt::format("needs the first {} or more digits of the digest, not \"{}\"", kFewestDigits, text);
}

base::Status CheckDigest(const review::Proposal& proposal, const ReviewedOptions& options, const std::string& name) {
  const std::string digest = review::DigestOf(proposal);
  if (options.digest.empty() || digest.starts_with(options.digest)) return {};
  return base::Fail(fmt::format("{} is not what was reviewed: its digest begins with {}; nothing was written: review it", name,
                                digest.substr(0, 16)));
}

bool Confirmed(const Invocation& invocation) {
  Tell(invocation, "Apply? [y/N] ");
  std::fflush(invocation.out);
  std::fflush(invocation.err);
  char answer[16] = "";
  return std::fgets(answer, sizeof answer, stdin) != nullptr && (answer[0] == 'y' || answer[0] == 'Y');
}

void Tell(const std::vector<base::Replaced>& written, const Invocation& invocation) {
  for (const base::Replaced& file : written) {
    Tell(invocation, fmt::format("Written: {}\n  before: {}\n  back:   sbtune apply --undo {}\n", base::EscapeForTerminal(file.file),
               base::EscapeForTerminal(file.backup), base::EscapeForTerminal(file.file)));
  }
}

}  // namespace

void AddReviewedOptions(CLI::App& command, ReviewedOptions& options) {
  command.add_option("--digest", options.digest, "Apply only this proposal, without asking")
      ->type_name("HEX")
      ->check(CLI::Validator(CheckDigits, ""));
  command.add_flag("--yes", options.yes, "Do not ask");
  command.add_flag("--dry-run", options.dry_run, "Show and check everything, write nothing");
}

std::expected<std::vector<base::Replaced>, Exit> ApplyReviewed(
    const review::Proposal& proposal, const ReviewedOptions& options, const std::string& name, const Invocation& invocation,
    const std::function<base::Status(const std::vector<std::string>& rules)>& begin) {
  const auto fail = [&](const base::Error& error) { return std::unexpected(Fail(invocation, error)); };
  if (auto good = CheckDigest(proposal, options, name); !good) return fail(good.error());
  sbpl::DiskFiles files;
  const auto examined = review::Examine(proposal, files);
  if (!examined) return fail(examined.error());
  for (const review::ProposedFile& file : proposal.files) {
    if (auto good = base::CheckReplaceable(file.path); !good) return fail(good.error());
  }
  if (const Exit shown = Print(invocation, ShowChanges(*examined)); shown != Exit::kDone) return std::unexpected(shown);
  Tell(invocation, fmt::format("Rules added: {}; recorded denials that become allowed: {}.\n",
             base::GroupDigits(examined->added.size()), base::GroupDigits(proposal.allows.size())));
  if (options.dry_run) return {};
  if (!options.yes && options.digest.empty()) {
    if (!IsTerminal(stdin)) {
      return std::unexpected(
          UsageError(invocation, {"nobody can be asked here: say --yes, or name what was reviewed with --digest"}));
    }
    if (!Confirmed(invocation)) return fail({"not applied; nothing was written"});
  }
  if (begin) {
    if (auto begun = begin(examined->added); !begun) return fail(begun.error());
  }
  auto done = review::Apply(proposal, files);
  if (!done) return fail(done.error());
  Tell(*done, invocation);
  return *std::move(done);
}

}  // namespace sbtune::cli
