#include "profiles/scheme/machine.h"

#include <algorithm>

namespace sbtune::scheme {
namespace {

// The place of a subform: its own if it was read from a text, else that of the form around it.
base::SourceRange PlaceOf(const Pair& pair, base::SourceRange around) {
  return pair.car_range.source != base::kNoSource ? pair.car_range : around;
}

std::string Plural(std::uint32_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string Expected(std::uint32_t least, std::uint32_t most) {
  if (least == most) return Plural(least, "argument");
  if (most == kAnyNumber) return "at least " + Plural(least, "argument");
  return std::to_string(least) + " to " + Plural(most, "argument");
}

}  // namespace

Machine::Machine(Heap& heap, base::SourceMap& sources, base::Diagnostics& diagnostics, MachineOptions options,
                 Host& host)
    : heap_(heap), sources_(sources), diagnostics_(diagnostics), options_(options), host_(host) {}

void Machine::Define(std::string_view name, std::uint32_t least, std::uint32_t most, Procedure procedure,
                     const void* context) {
  Symbol* symbol = heap_.Intern(name);
  symbol->global = Value(heap_.New(Primitive{symbol->name, least, most, procedure, context}));
}

void Machine::DefineSyntax(std::string_view name, SpecialForm evaluate) {
  Symbol* symbol = heap_.Intern(name);
  symbol->global = Value(heap_.New(Syntax{symbol->name, evaluate}));
}

Value* Machine::Lookup(Symbol* name, Environment* environment) {
  std::uint64_t looked_at = 0;
  Value* found = &name->global;
  for (Environment* scope = environment; scope != nullptr; scope = scope->outer) {
    Binding* const end = scope->bindings + scope->count;
    Binding* const binding =
        std::find_if(scope->bindings, end, [name](const Binding& candidate) { return candidate.name == name; });
    looked_at += scope->count + 1;
    if (binding != end) {
      found = &binding->value;
      break;
    }
  }
  steps_ += looked_at / 16;  // wide and deep scopes are paid for by who makes them
  return found;
}

std::optional<Value> Machine::Run(Value expression, base::SourceRange range) {
  Eval(expression, range, nullptr);
  return RunFrames();
}

std::optional<Value> Machine::RunCall(Value callee, std::span<const Slot> arguments, base::SourceRange range) {
  Apply(callee, arguments, range);
  return RunFrames();
}

std::optional<Value> Machine::RunFrames() {
  while (true) {
    if (steps_++ >= options_.steps || heap_.exhausted() || frames_.size() > options_.depth) OutOfLimits();
    if (next_ != Next::kFailed) callee_ = Value();
    switch (next_) {
      case Next::kEval: StepEval(); break;
      case Next::kReturn: {
        if (frames_.empty()) return value_;
        Frame frame = frames_.back();
        frames_.pop_back();
        activation_ = frame.activation;
        environment_ = frame.environment;
        frame.resume(*this, frame);
        break;
      }
      case Next::kFailed:
        Recover();
        if (next_ == Next::kFailed) {
          next_ = Next::kReturn;
          activation_ = nullptr;
          return std::nullopt;
        }
        break;
    }
  }
}

void Machine::Return(Value value) {
  if (next_ == Next::kFailed) return;
  value_ = value;
  next_ = Next::kReturn;
}

void Machine::Eval(Value expression, base::SourceRange range, Environment* environment) {
  if (next_ == Next::kFailed) return;
  expression_ = expression;
  range_ = range;
  environment_ = environment;
  next_ = Next::kEval;
}

void Machine::Push(Frame frame) {
  if (frame.activation == nullptr) frame.activation = activation_;
  frames_.push_back(frame);
}

void Machine::StepEval() {
  switch (expression_.type()) {
    case Type::kSymbol: return EvalSymbol();
    case Type::kPair: return EvalCall();
    default: return Return(expression_);  // everything else stands for itself
  }
}

void Machine::EvalSymbol() {
  const Value* found = Lookup(expression_.symbol(), environment_);
  if (!found->is(Type::kUnbound)) return Return(*found);
  const std::string name(expression_.symbol()->name);
  Value callee;
  Host::Position position = Host::Position::kOperand;
  if (!frames_.empty()) {
    const Frame& frame = frames_.back();
    if (frame.resume == ResumeArgument) callee = frame.first;
    if (frame.resume == ResumeOperator) {
      position = Host::Position::kOperator;
      if (frames_.size() > 1 && frames_[frames_.size() - 2].resume == ResumeArgument) {
        callee = frames_[frames_.size() - 2].first;
      }
    }
  }
  const Value made = host_.ResolveUnbound(*this, *expression_.symbol(), position, callee, range_);
  if (!made.is(Type::kUnbound)) return Return(made);
  base::Diagnostic diagnostic{base::Severity::kError, "unbound-variable", "unbound variable: " + name, range_, "", {}};
  if (!WasTold(range_)) host_.DescribeUnbound(*this, name, position, callee, diagnostic);
  Fail(std::move(diagnostic));
}

void Machine::PushSlot(Slot slot) {
  slots_.push_back(slot);
  if (slots_.size() > most_slots_) {
    most_slots_ = slots_.size();
    heap_.Charge(sizeof(Slot));
  }
}

void Machine::EvalCall() {
  const Pair& pair = *expression_.pair();
  const base::SourceRange range = pair.form.source != base::kNoSource ? pair.form : range_;
  const base::SourceRange head = PlaceOf(pair, range);
  Frame frame{.resume = ResumeOperator, .environment = environment_, .second = expression_, .range = range};
  frame.inner = head;
  if (pair.car.is(Type::kSymbol)) {  // the usual case, without a detour over the stack
    const Value* callee = Lookup(pair.car.symbol(), environment_);
    if (!callee->is(Type::kUnbound)) {
      value_ = *callee;
      return ResumeOperator(*this, frame);
    }
  }
  Push(frame);
  Eval(pair.car, head, environment_);
}

void Machine::ResumeOperator(Machine& machine, Frame& frame) {
  const Value callee = machine.value_;
  const Value form = frame.second;
  if (callee.is(Type::kSyntax)) {
    return callee.syntax()->evaluate({machine, form.pair()->cdr, frame.range, frame.environment});
  }
  if (callee.is(Type::kMacro)) {
    Frame expansion = frame;
    expansion.resume = ResumeExpansion;
    machine.Push(expansion);
    std::vector<Slot> arguments{{form, frame.range}};
    if (callee.macro()->takes == Macro::Takes::kOperands) {
      arguments.clear();
      if (!machine.CollectOperands(form.pair()->cdr, frame.range, arguments)) return;
    }
    return machine.Apply(callee.macro()->expander, arguments, frame.range);
  }
  Frame arguments = frame;
  arguments.first = callee;
  arguments.second = form.pair()->cdr;
  arguments.base = machine.SlotCount();
  arguments.resume = ResumeArgument;
  if (machine.host_.MayBeSkipped(callee)) arguments.recovery = Frame::Recovery::kSkip;
  machine.NextArgument(arguments);
}

bool Machine::CollectOperands(Value operands, base::SourceRange range, std::vector<Slot>& out) {
  for (; operands.is(Type::kPair); operands = operands.pair()->cdr) {
    if (!Charge(1)) return false;
    out.push_back({operands.pair()->car, PlaceOf(*operands.pair(), range)});
  }
  return true;
}

void Machine::ResumeExpansion(Machine& machine, Frame& frame) {
  machine.Enter("called from", frame.range, frame.second.pair());
  machine.Eval(machine.value_, frame.range, frame.environment);
}

void Machine::ResumeArgument(Machine& machine, Frame& frame) {
  machine.PushSlot({machine.value_, frame.inner});
  machine.NextArgument(frame);
}

// frame.second holds the argument expressions that are still to be evaluated.
void Machine::NextArgument(Frame& frame) {
  if (frame.second.is(Type::kPair)) {
    const Pair& pair = *frame.second.pair();
    const Value expression = pair.car;
    frame.inner = PlaceOf(pair, frame.range);
    frame.second = pair.cdr;
    const base::SourceRange inner = frame.inner;
    Push(frame);
    return Eval(expression, inner, frame.environment);
  }
  if (!frame.second.is_nil()) {
    return Fail("syntax", "a call must be a proper list", frame.range);
  }
  const std::span<const Slot> evaluated = SlotsFrom(frame.base);
  arguments_.assign(evaluated.begin(), evaluated.end());
  DropSlots(frame.base);
  Apply(frame.first, arguments_, frame.range);
}

void Machine::EvalBody(Value body, base::SourceRange range, Environment* environment) {
  if (body.is_nil()) return Return(Value::Nil());
  if (!body.is(Type::kPair)) return Fail("syntax", "a body must be a proper list", range);
  const Pair& pair = *body.pair();
  if (!pair.cdr.is_nil()) {
    Push({.resume = ResumeBody, .environment = environment, .first = pair.cdr, .range = range});
  }
  Eval(pair.car, PlaceOf(pair, range), environment);
}

void Machine::ResumeBody(Machine& machine, Frame& frame) {
  machine.EvalBody(frame.first, frame.range, frame.environment);
}

void Machine::Apply(Value callee, std::span<const Slot> arguments, base::SourceRange range) {
  if (next_ == Next::kFailed) return;
  callee_ = callee;
  if (callee.is(Type::kClosure)) return ApplyClosure(*callee.closure(), arguments, range);
  if (callee.is(Type::kForeign)) {
    static constexpr Primitive kNone{"", 0, kAnyNumber, nullptr, nullptr};
    if (host_.ApplyForeign({*this, arguments, range, kNone}, *callee.foreign())) return;
  }
  if (!callee.is(Type::kPrimitive)) {
    return Fail("not-a-procedure", "only procedures can be called, this is " + std::string(TypeName(callee)), range,
                callee.is_nil() ? "the expression in front has no value" : "");
  }
  const Primitive& primitive = *callee.primitive();
  if (arguments.size() < primitive.least || arguments.size() > primitive.most) {
    return Fail("wrong-arguments",
                std::string(primitive.name) + " takes " + Expected(primitive.least, primitive.most) + ", not " +
                    std::to_string(arguments.size()),
                range);
  }
  primitive.procedure({*this, arguments, range, primitive});
}

void Machine::ApplyClosure(Closure& closure, std::span<const Slot> arguments, base::SourceRange range) {
  if (!Charge(arguments.size())) return;
  const std::size_t named = closure.parameter_count;
  if (arguments.size() < named) {
    const std::string name = closure.name != nullptr ? std::string(closure.name->name) : "this procedure";
    const auto least = static_cast<std::uint32_t>(named);
    return Fail("wrong-arguments",
                name + " takes " + Expected(least, closure.rest == nullptr ? least : kAnyNumber) + ", not " +
                    std::to_string(arguments.size()),
                range);
  }
  if (arguments.size() > named && closure.rest == nullptr) {  // TinyScheme drops them in silence
    Warn("ignored-argument", "the procedure takes " + Plural(closure.parameter_count, "argument") +
                                 " and ignores everything from here on", arguments[named].range);
  }
  const std::uint32_t count = closure.parameter_count + (closure.rest != nullptr ? 1 : 0);
  Environment* environment = heap_.NewEnvironment(closure.environment, count);
  for (std::size_t i = 0; i < named; ++i) {
    environment->bindings[i] = {closure.parameters[i], arguments[i].value};
  }
  if (closure.rest != nullptr) {
    environment->bindings[named] = {closure.rest, heap_.List(arguments.subspan(named))};
  }
  environment->count = count;
  Enter("called from", range, closure.body.is(Type::kPair) ? closure.body.pair() : nullptr);
  EvalBody(closure.body, closure.range, environment);
}

}  // namespace sbtune::scheme
