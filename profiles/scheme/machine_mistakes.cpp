// The machine's ways out: limits, mistakes, going on behind a mistake, and the way by which it came there.
#include <algorithm>

#include "profiles/scheme/machine.h"

namespace sbtune::scheme {
namespace {

constexpr std::size_t kShownFrames = 16;        // of a call chain
constexpr std::size_t kVisitedFrames = 64;      // so that a deep chain costs no more than this per rule
constexpr std::uint32_t kMostMistakes = 1'000;  // that are skipped

}  // namespace

void Machine::Enter(const char* what, base::SourceRange range, const void* code) {
  // A procedure that calls itself stays the one call that began it: loops do not lengthen the chain.
  if (activation_ != nullptr && code != nullptr && activation_->code == code) return;
  activation_ = heap_.New(Activation{activation_, what, range, code});
}

std::vector<base::Frame> Machine::CallChain() const {
  std::vector<base::Frame> chain;
  std::size_t visited = 0;
  for (const Activation* at = activation_; at != nullptr; at = at->caller) {
    if (chain.size() == kShownFrames || ++visited > kVisitedFrames) break;
    if (chain.empty() || chain.back().range != at->range) chain.push_back({at->range, at->what});
  }
  return chain;
}

bool Machine::Charge(std::uint64_t steps) {
  steps_ += steps;
  if (steps_ < options_.steps && !heap_.exhausted()) return true;
  OutOfLimits();
  return false;
}

void Machine::OutOfLimits() {
  if (fatal_) {
    next_ = Next::kFailed;
    return;
  }
  const base::SourceRange range = range_;
  std::string hint = "nothing real comes near the limit; look for an endless loop or recursion";
  if (heap_.exhausted()) {
    Fail("memory-limit", "the profile needs more memory than is allowed", range, std::move(hint));
  } else if (steps_ >= options_.steps) {
    Fail("step-limit", "the profile takes more than " + std::to_string(options_.steps) + " steps to evaluate", range,
         std::move(hint));
  } else {
    Fail("depth-limit", "calls are nested more than " + std::to_string(options_.depth) + " deep", range,
         std::move(hint));
  }
  fatal_ = true;
}

void Machine::Fail(std::string code, std::string message, base::SourceRange range, std::string hint) {
  Fail({base::Severity::kError, std::move(code), std::move(message), range, std::move(hint), {}});
}

void Machine::Fail(base::Diagnostic diagnostic) {
  if (next_ == Next::kFailed) return;  // the first reason is the one to tell
  const bool limit = heap_.exhausted() || steps_ >= options_.steps || frames_.size() > options_.depth;
  next_ = Next::kFailed;
  if (skips_mistakes() && !limit) {
    diagnostic.severity = base::Severity::kWarning;
    if (++mistakes_ > kMostMistakes) {
      fatal_ = true;
      diagnostic = {base::Severity::kError, "mistake-limit",
                    "there are more than " + std::to_string(kMostMistakes) + " mistakes", diagnostic.range, "", {}};
    } else if (!told_.emplace(diagnostic.range.source, diagnostic.range.offset).second) {
      return;
    }
  }
  diagnostic.frames = CallChain();
  diagnostics_.Add(std::move(diagnostic));
}

void Machine::Warn(std::string code, std::string message, base::SourceRange range, std::string hint) {
  Tell(base::Severity::kWarning, std::move(code), std::move(message), range, std::move(hint));
}

void Machine::Blame(std::string code, std::string message, base::SourceRange range, std::string hint) {
  const base::Severity severity = skips_mistakes() ? base::Severity::kWarning : base::Severity::kError;
  Tell(severity, std::move(code), std::move(message), range, std::move(hint));
}

void Machine::Tell(base::Severity severity, std::string code, std::string message, base::SourceRange range,
                   std::string hint) {
  constexpr std::size_t kMost = 1000;  // a loop must not drown the reader in the same remark
  constexpr std::uint64_t kBytes = 512;
  heap_.Charge(kBytes + message.size());
  if (severity != base::Severity::kError && diagnostics_.items().size() >= kMost) return;
  diagnostics_.Add({severity, std::move(code), std::move(message), range, std::move(hint),
                    CallChain()});
}

// Takes frames off the stack: all of them, or down to the first that confines the mistake.
void Machine::Recover() {
  const bool may_go_on = skips_mistakes() && !fatal_;
  if (may_go_on && host_.MayBeSkipped(callee_)) {
    callee_ = Value();
    next_ = Next::kReturn;
    value_ = Value::Nil();
    return;
  }
  while (!frames_.empty()) {
    Frame frame = frames_.back();
    if (may_go_on && frame.recovery == Frame::Recovery::kResume) {
      slots_.resize(std::min<std::size_t>(slots_.size(), frame.base));
      next_ = Next::kReturn;
      value_ = Value::Nil();
      return;
    }
    frames_.pop_back();
    if (frame.unwind != nullptr) frame.unwind(*this, frame);
    if (may_go_on && frame.recovery == Frame::Recovery::kSkip) {
      slots_.resize(frame.base);
      activation_ = frame.activation;
      next_ = Next::kReturn;
      value_ = Value::Nil();
      return;
    }
  }
  slots_.clear();
}

}  // namespace sbtune::scheme
