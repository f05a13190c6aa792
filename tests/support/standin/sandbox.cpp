#include "tests/support/standin/sandbox.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>


namespace standin {

using namespace sbtune;

Sandbox::Sandbox(const std::string& text, std::string log) : log_(std::move(log)) {
  // Parameters stand in front of the text, as lines that only this stand-in reads: ";D NAME=VALUE".
  sbpl::LoadOptions options;
  options.paths = {"profile"};
  for (std::size_t at = 0; text.compare(at, 3, ";D ") == 0;) {
    const std::size_t end = text.find('\n', at), equals = text.find('=', at);
    options.parameters[text.substr(at + 3, equals - at - 3)] = text.substr(equals + 1, end - equals - 1);
    at = end + 1;
  }
  sbpl::DiskFiles disk;
  class Files final : public sbpl::ProfileFiles {
   public:
    Files(const std::string& the_text, sbpl::ProfileFiles& the_disk) : text_(the_text), disk_(the_disk) {}
    base::Result<std::string> Read(const std::string& path) override {
      return path == "profile" ? base::Result<std::string>(text_) : disk_.Read(path);
    }
    bool Exists(const std::string& path) override { return path == "profile" || disk_.Exists(path); }

   private:
    const std::string& text_;
    sbpl::ProfileFiles& disk_;
  } files(text, disk);
  loaded_ = sbpl::LoadProfile(options, files);
  if (loaded_.ok()) {
    if (auto policy = sbpl::Policy::Compile(loaded_.profile, {})) policy_.emplace(std::move(*policy));
  }
  if (policy_) return;
  std::fprintf(stderr, "sandbox-exec: profile:1:0: syntax error\n");
  std::exit(65);
}

bool Sandbox::Allows(const std::string& process, long pid, const std::string& operation,
                     const std::optional<std::string>& target) const {
  const sbpl::Verdict verdict = policy_->Decide(sbpl::QueryFromAccess(operation, target));
  if (verdict.decision == sbpl::Decision::kAllow) return true;
  std::string line = operation;
  if (target) line += " " + *target;
  if (verdict.rule != nullptr) {
    for (const sbpl::Modifier& modifier : verdict.rule->modifiers) {
      if (modifier.name == "no-report") return false;
      if (modifier.name == "message") line += "\\n" + std::get<std::string>(modifier.arguments.at(0).value);
    }
  }
  Log(process, pid, line);
  return false;
}

void Sandbox::Log(const std::string& process, long pid, const std::string& rest) const {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::string line = fmt::format("{} 0 Sandbox: {}({}) deny(1) {}\n", now.tv_sec * 1'000'000'000LL + now.tv_nsec,
                                       process, pid, rest);
  const int file = ::open(log_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  (void)!::write(file, line.data(), line.size());
  ::close(file);
}

}  // namespace standin
