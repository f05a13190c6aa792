#include "daemon/ingest/pattern.h"

#include <array>

#include <re2/re2.h>

#include "core/base/result.h"

namespace sbtune::ingest {
namespace {

constexpr std::size_t kMaxGroups = 8;

re2::RE2::Options Bytes() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  return options;
}

}  // namespace

struct Pattern::Regex {
  explicit Regex(std::string_view text) : regex({text.data(), text.size()}, Bytes()) {}
  re2::RE2 regex;
};

Pattern::Pattern(std::string_view regex) : regex_(std::make_unique<Regex>(regex)) {
  SBTUNE_ASSERT(regex_->regex.ok());
}

Pattern::~Pattern() = default;

bool Pattern::MatchStart(std::string_view text, std::span<std::string_view> groups) const {
  return Match(text, 0, re2::RE2::ANCHOR_START, groups);
}

bool Pattern::MatchWhole(std::string_view text, std::span<std::string_view> groups) const {
  return Match(text, 0, re2::RE2::ANCHOR_BOTH, groups);
}

bool Pattern::Search(std::string_view text, std::size_t from, std::span<std::string_view> groups) const {
  return Match(text, from, re2::RE2::UNANCHORED, groups);
}

bool Pattern::Match(std::string_view text, std::size_t from, int anchor,
                    std::span<std::string_view> groups) const {
  SBTUNE_ASSERT(groups.size() <= kMaxGroups);
  std::array<re2::StringPiece, kMaxGroups> pieces;
  const bool matched = regex_->regex.Match({text.data(), text.size()}, from, text.size(),
                                           static_cast<re2::RE2::Anchor>(anchor), pieces.data(),
                                           static_cast<int>(groups.size()));
  if (!matched) return false;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] = pieces[i].data() == nullptr ? std::string_view()
                                            : std::string_view(pieces[i].data(), pieces[i].size());
  }
  return true;
}

}  // namespace sbtune::ingest
