#include "profiles/regions/piece_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "profiles/regions/describe.h"
#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::regions {

using Shape = Piece::Shape;

std::string Joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : std::string(between)) + parts[i];
  return text;
}

bool SaysTheSame(const Piece& a, const Piece& b) {
  return a.shape == b.shape && a.kind == b.kind && a.text == b.text && a.within == b.within &&
         std::ranges::equal(a.except, b.except, SaysTheSame);
}

std::string_view Name(Shape shape) {
  switch (shape) {
    case Shape::kEverything: return "everything";
    case Shape::kExactly: return "exactly";
    case Shape::kTree: return "tree";
    case Shape::kBelow: return "below";
    case Shape::kBeginning: return "beginning";
    case Shape::kNamed: return "filter";
    case Shape::kConnection: return "connection";
    case Shape::kSome: return "some";
  }
  return "some";
}

namespace {

std::string_view Everything(Kind kind) {
  switch (kind) {
    case Kind::kNone: return "always";
    case Kind::kPath: return "every path";
    case Kind::kOutbound:
    case Kind::kLocalEnd: return "every connection";
    case Kind::kControl: return "every kernel control";
    case Kind::kGlobalName: return "every service by its global name";
    case Kind::kLocalName: return "every service by its local name";
    case Kind::kXpcName: return "every XPC service";
    case Kind::kText: return "every target";
  }
  return "every target";
}

std::string Quoted(const std::string& text) {
  const auto literal = sbpl::StringLiteral(text);
  return literal ? *literal : "\"" + text + "\"";
}

std::string_view KindPrefix(Kind kind) {
  switch (kind) {
    case Kind::kLocalName: return "local name ";
    case Kind::kXpcName: return "XPC service ";
    case Kind::kControl: return "kernel control ";
    case Kind::kNone:
    case Kind::kPath:
    case Kind::kOutbound:
    case Kind::kLocalEnd:
    case Kind::kGlobalName:
    case Kind::kText: break;
  }
  return "";
}

std::string ShapeText(const Piece& piece) {
  switch (piece.shape) {
    case Shape::kEverything: return "everything";
    case Shape::kExactly: return piece.kind == Kind::kNone ? "always" : std::string(KindPrefix(piece.kind)) + Quoted(piece.text);
    case Shape::kTree: return Quoted(piece.text) + " and below";
    case Shape::kBelow: return piece.text.empty() ? "everything below \"/\"" : "everything below " + Quoted(piece.text);
    case Shape::kBeginning:
      if (piece.text.empty() || (piece.kind == Kind::kPath && piece.text == "/")) return std::string(Everything(piece.kind));
      return fmt::format("{}what begins with {}", KindPrefix(piece.kind), Quoted(piece.text));
    case Shape::kNamed:
      if (piece.within.empty() || piece.within == "/") return "what " + piece.text + " matches";
      return fmt::format("what {} matches and begins with {}", piece.text, Quoted(piece.within));
    case Shape::kConnection: return piece.text;
    case Shape::kSome:
      return piece.text.empty() ? "some targets" : "some of what begins with " + Quoted(piece.text);
  }
  return "";
}

}  // namespace

std::string TextOf(const Piece& piece) {
  // Exceptions of exceptions are rare and shallow: the profiles' own nesting of folders.
  std::string text = ShapeText(piece);
  if (piece.except.empty()) return text;
  std::vector<std::string> holes;
  for (const Piece& hole : piece.except) holes.push_back(TextOf(hole));
  return text + ", except " + (holes.size() == 1 && piece.except[0].except.empty() ? holes[0] : "(" + Joined(holes, "; ") + ")");
}

}  // namespace sbtune::regions
