#include "profiles/lint/context.h"

#include <algorithm>

#include "profiles/lint/codes.h"
#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::lint {

bool Context::Judged(const base::SourceRange& range) const {
  if (range.source == base::kNoSource) return false;
  if (options.scope == Scope::kImportsToo) return true;
  return std::ranges::find(profile.fragments, range.source) != profile.fragments.end();
}

void Context::Add(Report report) {
  const CodeInfo* info = FindCode(report.code);
  SBTUNE_ASSERT(info != nullptr);
  if (!Judged(report.range)) return;
  findings.push_back({{report.severity.value_or(info->severity), std::string(report.code), std::move(report.message),
                       report.range, std::move(report.hint), std::move(report.frames)},
                      std::move(report.fix)});
}

std::optional<Context::Quoted> Context::QuotedAt(const sbpl::Argument& argument) const {
  if (argument.range.source == base::kNoSource || argument.range.length < 2) return std::nullopt;
  std::string_view text = profile.sources.Text(argument.range);
  const bool raw = text.starts_with("#\"");
  if (raw) text.remove_prefix(1);
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  const std::string_view value = TextOf(argument);
  // A plain literal is trusted only where escapes cannot play: unescaped, it must be the value.
  if (raw ? text != value : sbpl::StringLiteral(value) != "\"" + std::string(text) + "\"") return std::nullopt;
  return Quoted{argument.range, raw};
}

std::optional<SourceEdit> Context::Requote(const Quoted& quoted, std::string_view text) const {
  std::string literal;
  if (quoted.raw) {
    if (text.find('"') != std::string_view::npos) return std::nullopt;
    literal = "#\"" + std::string(text) + "\"";
  } else {
    const auto made = sbpl::StringLiteral(text);
    if (!made) return std::nullopt;
    literal = *made;
  }
  return SourceEdit{quoted.range.source, {quoted.range.offset, quoted.range.length, std::move(literal)}};
}

std::optional<SourceEdit> Context::RemoveForm(const base::SourceRange& range) const {
  if (std::ranges::find(profile.top_level_forms, range) == profile.top_level_forms.end()) return std::nullopt;
  const std::string_view text = profile.sources.Text(range.source);
  std::uint32_t begin = range.offset, end = range.offset + range.length;
  const auto blank = [](char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; };
  std::uint32_t line_begin = begin, line_end = end;
  while (line_begin > 0 && blank(text[line_begin - 1])) --line_begin;
  while (line_end < text.size() && blank(text[line_end])) ++line_end;
  const bool alone = (line_begin == 0 || text[line_begin - 1] == '\n') &&
                     (line_end == text.size() || text[line_end] == '\n');
  if (alone) {
    begin = line_begin;
    end = line_end < text.size() ? line_end + 1 : line_end;
  }
  return SourceEdit{range.source, {begin, end - begin, ""}};
}

std::string_view TextOf(const sbpl::Argument& argument) {
  const auto* text = std::get_if<std::string>(&argument.value);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

void ForEachLeaf(const sbpl::Rule& rule, const std::function<void(const sbpl::Filter&)>& visit) {
  std::vector<const sbpl::Filter*> stack;
  const auto push = [&](const std::vector<sbpl::Filter>& filters) {
    for (std::size_t i = filters.size(); i-- > 0;) stack.push_back(&filters[i]);
  };
  push(rule.filters);
  while (!stack.empty()) {
    const sbpl::Filter& filter = *stack.back();
    stack.pop_back();
    if (filter.subfilters.empty()) {
      visit(filter);
    } else {
      push(filter.subfilters);
    }
  }
}

}  // namespace sbtune::lint
