#include "profiles/coverage/removal.h"

#include <algorithm>

#include "profiles/sbpl/edit/line_ends.h"
#include "profiles/sbpl/edit/rule_form.h"

namespace sbtune::coverage {
namespace {

struct Piece {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

bool IsBlank(char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

// The piece with its whole lines, if nothing else but a comment behind it stands on them.
std::optional<Piece> WholeLines(std::string_view text, Piece piece) {
  const auto lead = sbpl::LineLead(text, piece.begin);
  if (!lead) return std::nullopt;
  std::uint32_t end = piece.end;
  while (end < text.size() && IsBlank(text[end])) ++end;
  if (end < text.size() && text[end] == ';') {
    while (end < text.size() && text[end] != '\n') ++end;
  }
  if (end < text.size() && text[end] != '\n') return std::nullopt;
  return Piece{piece.begin - static_cast<std::uint32_t>(lead->size()), std::min<std::uint32_t>(end + 1, text.size())};
}

std::optional<std::size_t> PartOf(const sbpl::RuleForm& form, const sbpl::Filter& filter) {
  for (std::size_t i = 0; i < form.parts.size(); ++i) {
    if (form.parts[i].kind == sbpl::FormPart::Kind::kList && form.parts[i].range == filter.range) return i;
  }
  return std::nullopt;
}

// Parts [first, last] of the form, with the blank beside them.
Piece Block(std::string_view text, const sbpl::RuleForm& form, std::size_t first, std::size_t last) {
  const base::SourceRange& end = form.parts[last].range;
  const Piece bare{form.parts[first].range.offset, end.offset + end.length};
  if (const auto lines = WholeLines(text, bare)) return *lines;
  if (first == 0) {  // behind the head: the blank after it goes
    std::uint32_t after = bare.end;
    while (after < text.size() && IsBlank(text[after])) ++after;
    return {bare.begin, after};
  }
  const std::uint32_t before = form.parts[first - 1].range.offset + form.parts[first - 1].range.length;
  // What follows must not end up in a comment that stands in between.
  const bool comment = text.substr(before, bare.begin - before).find(';') != std::string_view::npos;
  return comment ? bare : Piece{before, bare.end};
}

}  // namespace

sbpl::TextEdit RemoveForm(std::string_view text, base::SourceRange form) {
  const Piece bare{form.offset, form.offset + form.length};
  const Piece piece = WholeLines(text, bare).value_or(bare);
  return {piece.begin, piece.end - piece.begin, ""};
}

std::vector<std::uint32_t> RemovableFilters(const sbpl::Profile& profile, const sbpl::Rule& rule,
                                            std::span<const std::uint32_t> filters) {
  std::vector<std::uint32_t> removable;
  const auto form = sbpl::ReadRuleForm(profile.sources, rule.range);
  if (!form) return removable;
  for (const std::uint32_t filter : filters) {
    if (PartOf(*form, rule.filters[filter])) removable.push_back(filter);
  }
  return removable;
}

std::optional<std::vector<sbpl::TextEdit>> RemoveFilters(const sbpl::Profile& profile, const sbpl::Rule& rule,
                                                         std::span<const std::uint32_t> filters) {
  SBTUNE_ASSERT(filters.size() < rule.filters.size());
  const auto form = sbpl::ReadRuleForm(profile.sources, rule.range);
  if (!form) return std::nullopt;
  std::vector<bool> removed(form->parts.size());
  for (const std::uint32_t filter : filters) {
    const auto part = PartOf(*form, rule.filters[filter]);
    if (!part) return std::nullopt;
    removed[*part] = true;
  }
  const std::string_view text = profile.sources.Text(rule.range.source);
  std::vector<sbpl::TextEdit> edits;
  for (std::size_t i = 0; i < removed.size(); ++i) {
    if (!removed[i]) continue;
    const std::size_t first = i;
    while (i + 1 < removed.size() && removed[i + 1]) ++i;
    const Piece piece = Block(text, *form, first, i);
    edits.push_back({piece.begin, piece.end - piece.begin, ""});
  }
  return edits;
}

}  // namespace sbtune::coverage
