// Evaluates data as Scheme, one small step at a time, on a stack of its own: no profile can make the program's
// stack grow, and every cost is counted. What remains to be done is a stack of Frames; a special form or a
// procedure ends its step by exactly one of Return, Eval, EvalBody, Apply, Fail. Calls in tail position push
// nothing, so loops run in constant space.
//
//   Machine machine(heap, sources, diagnostics, options, host);
//   InstallScheme(machine);
//   std::optional<Value> value = machine.Run(datum);
//
// The embedding program adds its own procedures (Define), special forms (DefineSyntax) and frames.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.h"
#include "core/base/source.h"
#include "profiles/scheme/heap.h"
#include "profiles/scheme/value.h"

namespace sbtune::scheme {

class Machine;
struct Frame;

inline constexpr std::uint32_t kAnyNumber = 0xFFFFFFFF;  // of arguments

// A call of a procedure that is built in. The arguments live until the step ends.
struct Call {
  Machine& machine;
  std::span<const Slot> arguments;
  base::SourceRange range;  // the whole form
  const Primitive& callee;

  [[nodiscard]] std::size_t size() const { return arguments.size(); }
  [[nodiscard]] Value operator[](std::size_t index) const { return arguments[index].value; }
};
using Procedure = void (*)(const Call& call);

struct Primitive {
  std::string_view name;
  std::uint32_t least;
  std::uint32_t most;
  Procedure procedure;
  const void* context;  // whatever the embedding program needs; see Machine::Define
};

// A special form gets its operands unevaluated.
struct Form {
  Machine& machine;
  Value operands;  // what follows the keyword; not necessarily a proper list
  base::SourceRange range;
  Environment* environment;
};
using SpecialForm = void (*)(const Form& form);

struct Syntax {
  std::string_view name;
  SpecialForm evaluate;
};

// How the machine came where it is: one entry per call of a closure, expansion of a macro, import.
struct Activation {
  const Activation* caller;
  const char* what;  // "called from", "imported from"
  base::SourceRange range;
  const void* code;  // identity of what was called
};

using Resume = void (*)(Machine& machine, Frame& frame);

// One thing that remains to be done when a value has been computed. `resume` is called once, after the frame has
// been taken off the stack; the value is Machine::value().
struct Frame {
  Resume resume;
  Environment* environment = nullptr;
  const Activation* activation = nullptr;
  Value first = {};
  Value second = {};
  base::SourceRange range = {};
  base::SourceRange inner = {};  // a second place, as `resume` needs it
  std::uint32_t base = 0;      // the frame's slots start here
  std::uint32_t number = 0;
  bool is_test = false;        // only the truth of the value counts
  Resume unwind = nullptr;     // called instead of `resume` when an error takes the frame off the stack
  // Where evaluation goes on after a mistake, when mistakes are skipped: with this frame, or behind it.
  enum class Recovery : std::uint8_t { kNone, kResume, kSkip } recovery = Recovery::kNone;
};

// What the embedding program knows about names and mistakes.
class Host {
 public:
  virtual ~Host() = default;
  enum class Position : std::uint8_t { kOperator, kOperand };
  // A value for a name that nobody defined, where the host can make one; unbound if not.
  virtual Value ResolveUnbound(Machine& machine, Symbol& name, Position position, const Value& callee,
                               base::SourceRange range) = 0;
  // Completes the diagnostic of an unbound name. `callee` is the procedure whose argument it stands in (unbound: none).
  virtual void DescribeUnbound(const Machine& machine, std::string_view name, Position position, const Value& callee,
                               base::Diagnostic& diagnostic) = 0;
  // Whether a mistake inside a call of `callee` is confined to it, so that evaluation may go on behind the call.
  virtual bool MayBeSkipped(const Value& callee) = 0;
  // A hint for a value that is of the wrong type; may be empty.
  virtual std::string HintForWrongType(const Value& value) = 0;
  // Calls an object of the host; false if it cannot be called.
  virtual bool ApplyForeign(const Call& call, Foreign& object) = 0;
};

struct MachineOptions {
  std::uint64_t steps = 20'000'000;
  std::uint32_t depth = 10'000;
  enum class Mistakes : std::uint8_t { kStop, kSkip } mistakes = Mistakes::kStop;
};

class Machine {
 public:
  Machine(Heap& heap, base::SourceMap& sources, base::Diagnostics& diagnostics, MachineOptions options, Host& host);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Names. Everything is an ordinary variable: a profile may hide or replace it.
  void Define(std::string_view name, std::uint32_t least, std::uint32_t most, Procedure procedure,
              const void* context = nullptr);
  void DefineSyntax(std::string_view name, SpecialForm evaluate);
  void DefineGlobal(std::string_view name, Value value) { heap_.Intern(name)->global = value; }
  [[nodiscard]] Value* Lookup(Symbol* name, Environment* environment);

  // Runs until the stack is empty. Nothing when evaluation failed; the reason is in the diagnostics.
  [[nodiscard]] std::optional<Value> Run(Value expression, base::SourceRange range);
  // The same for frames that were pushed before.
  [[nodiscard]] std::optional<Value> RunFrames();
  // Calls a procedure from outside of any evaluation.
  [[nodiscard]] std::optional<Value> RunCall(Value callee, std::span<const Slot> arguments, base::SourceRange range);

  // The ends of a step.
  void Return(Value value);
  void Eval(Value expression, base::SourceRange range, Environment* environment);
  void EvalBody(Value body, base::SourceRange range, Environment* environment);  // a list of expressions
  void Apply(Value callee, std::span<const Slot> arguments, base::SourceRange range);
  void Fail(std::string code, std::string message, base::SourceRange range, std::string hint = "");
  void Fail(base::Diagnostic diagnostic);

  // For use inside a step.
  void Push(Frame frame);  // environment and activation are filled in if absent
  void PushSlot(Slot slot);
  [[nodiscard]] std::span<const Slot> SlotsFrom(std::uint32_t base) const { return std::span(slots_).subspan(base); }
  void DropSlots(std::uint32_t base) { slots_.resize(base); }
  [[nodiscard]] std::uint32_t SlotCount() const { return static_cast<std::uint32_t>(slots_.size()); }
  [[nodiscard]] const Value& value() const { return value_; }
  // Counts work; false when time or memory has run out (the step must then simply return).
  [[nodiscard]] bool Charge(std::uint64_t steps);
  void Enter(const char* what, base::SourceRange range, const void* code);
  // Remarks that do not stop the evaluation.
  void Warn(std::string code, std::string message, base::SourceRange range, std::string hint = "");
  // A mistake that makes the profile unfit, but after which evaluation can go on.
  void Blame(std::string code, std::string message, base::SourceRange range, std::string hint = "");
  void Tell(base::Severity severity, std::string code, std::string message, base::SourceRange range,
            std::string hint = "");
  [[nodiscard]] std::vector<base::Frame> CallChain() const;
  // Whether the value of this step's call only decides between branches.
  [[nodiscard]] bool NextIsTest() const { return !frames_.empty() && frames_.back().is_test; }
  // Allows that many further steps from now on; for calls after the evaluation proper.
  void Refuel(std::uint64_t steps) { options_.steps = steps_ + steps; fatal_ = false; }

  // Where a built-in procedure was called from: the scope of the call that this step makes.
  [[nodiscard]] Environment* environment() const { return environment_; }
  [[nodiscard]] Host& host() { return host_; }
  [[nodiscard]] Heap& heap() { return heap_; }
  [[nodiscard]] const Heap& heap() const { return heap_; }
  [[nodiscard]] base::SourceMap& sources() { return sources_; }
  [[nodiscard]] base::Diagnostics& diagnostics() { return diagnostics_; }
  [[nodiscard]] const MachineOptions& options() const { return options_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] bool skips_mistakes() const { return options_.mistakes == MachineOptions::Mistakes::kSkip; }

 private:
  enum class Next : std::uint8_t { kReturn, kEval, kFailed };

  void StepEval();
  void EvalSymbol();
  void EvalCall();
  // Whether a mistake at this place was reported and skipped before, as in a loop.
  [[nodiscard]] bool WasTold(base::SourceRange range) const { return told_.contains({range.source, range.offset}); }
  void OutOfLimits();
  void Recover();
  void ApplyClosure(Closure& closure, std::span<const Slot> arguments, base::SourceRange range);
  static void ResumeOperator(Machine& machine, Frame& frame);
  static void ResumeArgument(Machine& machine, Frame& frame);
  static void ResumeBody(Machine& machine, Frame& frame);
  static void ResumeExpansion(Machine& machine, Frame& frame);
  void NextArgument(Frame& frame);
  [[nodiscard]] bool CollectOperands(Value operands, base::SourceRange range, std::vector<Slot>& out);

  Heap& heap_;
  base::SourceMap& sources_;
  base::Diagnostics& diagnostics_;
  MachineOptions options_;
  Host& host_;

  Next next_ = Next::kReturn;
  Value value_ = Value::Nil();  // of a return
  Value expression_;            // of an eval, with the following two
  base::SourceRange range_;
  Environment* environment_ = nullptr;
  const Activation* activation_ = nullptr;
  Value callee_;  // of the call that is being made

  std::vector<Frame> frames_;
  std::vector<Slot> slots_;
  std::size_t most_slots_ = 0;
  std::vector<Slot> arguments_;  // of the call that this step makes
  std::uint64_t steps_ = 0;
  std::uint32_t mistakes_ = 0;
  std::set<std::pair<base::SourceId, std::uint32_t>> told_;  // places of mistakes that were skipped
  bool fatal_ = false;  // a limit was reached: mistakes of this kind are never skipped
};

// All of the language that is not about sandboxes; see scheme.cpp for the list.
void InstallScheme(Machine& machine);

}  // namespace sbtune::scheme
