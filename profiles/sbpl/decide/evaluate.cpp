#include "profiles/sbpl/decide/evaluate.h"

#include <fmt/format.h>

#include "profiles/sbpl/decide/leaves.h"

namespace sbtune::sbpl {
namespace {

Truth Not(Truth truth) {
  return truth == Truth::kTrue ? Truth::kFalse : truth == Truth::kFalse ? Truth::kTrue : Truth::kUnknown;
}

Truth EvaluateLeaf(const Leaf& leaf, Subject& subject) {
  switch (leaf.kind) {
    case Leaf::Kind::kString: return StringLeaf(leaf, subject);
    case Leaf::Kind::kNumber:
    case Leaf::Kind::kBits: return NumberLeaf(leaf, subject);
    case Leaf::Kind::kFlag: return FlagLeaf(leaf, subject);
    case Leaf::Kind::kNetwork: return NetworkLeaf(leaf, subject);
    case Leaf::Kind::kExtension: return ExtensionLeaf(leaf, subject);
    case Leaf::Kind::kMountRelative: return MountRelativeLeaf(leaf, subject);
    case Leaf::Kind::kEntitlementLoad:
    case Leaf::Kind::kEntitlementTrue: return EntitlementLoadLeaf(leaf, subject);
    case Leaf::Kind::kEntitlementValue: return EntitlementValueLeaf(leaf, subject);
    case Leaf::Kind::kUnsupported: return Truth::kUnknown;
  }
  return Truth::kUnknown;
}

}  // namespace

Truth Evaluate(const Node& node, Subject& subject) {
  if (node.kind == Node::Kind::kLeaf) {
    const Truth truth = EvaluateLeaf(node.leaf, subject);
    if (truth == Truth::kUnknown && subject.unknown == nullptr) subject.unknown = &node.leaf;
    return truth;
  }
  const bool any = node.kind == Node::Kind::kAny;
  const Truth decisive = any ? Truth::kTrue : Truth::kFalse;
  const Leaf* const unknown_before = subject.unknown;
  Truth truth = any ? Truth::kFalse : Truth::kTrue;
  for (const Node& child : node.children) {
    const Truth one = Evaluate(child, subject);
    if (node.kind == Node::Kind::kNot) return Not(one);
    if (one == decisive) {
      subject.unknown = unknown_before;  // what was unknown on the way made no difference
      return decisive;
    }
    if (one == Truth::kUnknown) truth = Truth::kUnknown;
  }
  return truth;
}

std::string UnknownReason(const Leaf& leaf, const Subject& subject) {
  const std::string word = leaf.source->spelled.empty() ? leaf.source->name : leaf.source->spelled;
  for (const StringTest& test : leaf.tests) {
    if (IsUncertain(test)) {
      return fmt::format("{} in ({} \"{}\")", test.regex->syntax().uncertain, word, test.text);
    }
  }
  if (leaf.kind == Leaf::Kind::kUnsupported) return fmt::format("the filter ({} …) cannot be judged offline", word);
  if (leaf.kind == Leaf::Kind::kNetwork) {
    if (!subject.local.present && !subject.remote.present) {
      return fmt::format("the filter ({} …) needs the connection's address, and the target names none", word);
    }
    return fmt::format("the filter ({} …) needs the connection's host, port or protocol, which the log does not tell; "
                       "name them in the target (tcp:127.0.0.1:443) or give --fact protocol=tcp or udp", word);
  }
  if (subject.has_second_path && (leaf.base == "path" || leaf.base == "mount-relative-path")) {
    return fmt::format("the filter ({} …) matches one of the two paths, and which one counts is not known", word);
  }
  if (leaf.base == "path") return fmt::format("the filter ({} …) needs a path, and the target names none", word);
  if (leaf.kind == Leaf::Kind::kFlag) {
    return fmt::format("the filter ({}) needs a fact that no log carries; give --fact {}=true or {}!=true", word,
                       leaf.base, leaf.base);
  }
  return fmt::format("the filter ({} …) needs a fact that the log does not carry; give --fact {}=…", word, leaf.base);
}

}  // namespace sbtune::sbpl
