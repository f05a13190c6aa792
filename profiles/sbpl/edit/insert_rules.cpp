#include "profiles/sbpl/edit/insert_rules.h"

#include <algorithm>
#include <map>
#include <utility>

#include "profiles/sbpl/edit/kinship.h"
#include "profiles/sbpl/edit/line_ends.h"
#include "profiles/sbpl/edit/rule_form.h"

namespace sbtune::sbpl {
namespace {

using OperationSet = std::vector<std::string>;  // canonical, sorted, distinct

constexpr std::size_t kNoAddition = SIZE_MAX;

// A rule that can take further filters: an allow that is a top-level form of its own, without modifiers.
struct OpenRule {
  std::size_t index = 0;  // in Profile::rules
  FormPlace place;
  RuleForm form;
};

OperationSet OperationsOf(const Rule& rule) {
  OperationSet names;
  for (const RuleOperation& operation : rule.operations) names.push_back(operation.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

const FormPart* LastFilter(const RuleForm& form) {
  const auto last = std::find_if(form.parts.rbegin(), form.parts.rend(),
                                 [](const FormPart& part) { return part.kind == FormPart::Kind::kList; });
  return last == form.parts.rend() ? nullptr : &*last;
}

// One piece of new text. Pieces at one offset keep their order.
struct Piece {
  std::uint32_t offset = 0;
  std::string text;
  std::size_t addition = kNoAddition;
  std::size_t lead = 0;  // bytes of `text` before what was added: line break, blanks
};

// Where further text can go behind something that is written, and how it is set off from it.
struct Joint {
  std::uint32_t offset = 0;
  std::string line_break;   // newline and indentation
  bool own_lines = false;   // each on a line of its own
  std::size_t column = 0;   // used on the line, when not

  std::string Separator(std::size_t width) {
    if (!own_lines && column + 1 + width <= kLineWidth) {
      column += 1 + width;
      return " ";
    }
    own_lines = true;
    return line_break;
  }
};

}  // namespace

struct RuleInserter::State {
  State(const Profile& loaded, const catalog::Catalog& names)
      : profile(loaded), catalog(names), map(loaded), kinship(loaded, map, names),
        words(ObserveWords(loaded, names)) {
    for (std::uint32_t i = 0; i < profile.fragments.size(); ++i) layouts.push_back(ObserveLayout(profile, map, i));
    for (std::size_t i = 0; i < profile.rules.size(); ++i) AddOpenRule(i);
  }

  std::string_view Text(std::uint32_t fragment) const { return profile.sources.Text(profile.fragments[fragment]); }

  void AddOpenRule(std::size_t index) {
    const Rule& rule = profile.rules[index];
    const bool plain = rule.action == access::Action::kAllow && !rule.filters.empty() && rule.modifiers.empty();
    if (!plain) return;
    const RuleHome home = map.HomeOf(rule);
    if (home.origin != Origin::kOwnForm) return;
    std::optional<RuleForm> form = ReadRuleForm(profile.sources, rule.range);
    if (!form || form->head != "allow" || LastFilter(*form) == nullptr) return;
    const OperationSet operations = OperationsOf(rule);
    open_rules[operations].push_back({index, *home.place, std::move(*form)});
    mergeable.insert(operations);
  }

  const Profile& profile;
  const catalog::Catalog& catalog;
  ProfileMap map;
  Kinship kinship;
  Words words;
  std::vector<Layout> layouts;  // per fragment
  std::map<OperationSet, std::vector<OpenRule>> open_rules;
  std::set<OperationSet> mergeable;
};

namespace {

// Additions for the same operations that must follow the same rule: they go into one place.
struct Group {
  OperationSet operations;
  std::optional<std::size_t> after;  // index of the rule to follow
  std::vector<std::size_t> additions;
};

class Work {
 public:
  Work(const RuleInserter::State& state, std::span<const Addition> additions)
      : state_(state), additions_(additions), pieces_(state.profile.fragments.size()),
        merged_(additions.size()) {}

  base::Result<Insertion> Run(Merging merging) {
    for (const Group& group : Groups()) {
      const OpenRule* rule = merging == Merging::kIntoRules ? OpenRuleFor(group) : nullptr;
      const base::Status done = rule != nullptr ? Merge(group, *rule) : AddRule(group);
      if (!done) return std::unexpected(done.error());
    }
    return Finish();
  }

 private:
  std::vector<Group> Groups() const {
    std::map<std::tuple<OperationSet, std::optional<std::size_t>, bool>, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < additions_.size(); ++i) {
      const Addition& addition = additions_[i];
      std::optional<std::size_t> after;
      if (addition.after != nullptr) after = addition.after - state_.profile.rules.data();
      groups[{addition.operations, after, addition.filter.has_value()}].push_back(i);
    }
    std::vector<Group> list;
    for (auto& [key, members] : groups) list.push_back({std::get<0>(key), std::get<1>(key), std::move(members)});
    return list;
  }

  // The rule of the same operations that has most filters of the same kind, the last one at a tie.
  const OpenRule* OpenRuleFor(const Group& group) const {
    const std::optional<Filter>& wanted = additions_[group.additions.front()].filter;
    const auto found = state_.open_rules.find(group.operations);
    if (!wanted || found == state_.open_rules.end()) return nullptr;
    const OpenRule* best = nullptr;
    std::ptrdiff_t most = 0;
    for (const OpenRule& rule : found->second) {
      if (group.after && rule.index <= *group.after) continue;
      const auto& filters = state_.profile.rules[rule.index].filters;
      const auto same = std::count_if(filters.begin(), filters.end(),
                                      [&](const Filter& filter) { return filter.name == wanted->name; });
      if (best != nullptr && same < most) continue;
      best = &rule;
      most = same;
    }
    return best;
  }

  Joint JointBehind(std::uint32_t fragment, base::SourceRange part, base::SourceRange around) const {
    const std::string_view text = state_.Text(fragment);
    const Layout& layout = state_.layouts[fragment];
    Joint joint;
    joint.offset = part.offset + part.length;
    const std::optional<std::string_view> lead = LineLead(text, part.offset);
    joint.own_lines = lead.has_value();
    const std::string_view outer = LineLead(text, around.offset).value_or("");
    joint.line_break = layout.newline + (lead ? std::string(*lead) : std::string(outer) + layout.indent);
    const std::uint32_t line_end = LineEnd(text, joint.offset);
    const std::size_t newline = text.rfind('\n', joint.offset == 0 ? 0 : joint.offset - 1);
    joint.column = line_end - (newline == std::string_view::npos ? 0 : newline + 1);
    if (CommentFollows(text, joint.offset)) {
      joint.offset = line_end;
      joint.own_lines = true;
    }
    return joint;
  }

  // The filter "(literal "/a" "/b")" of the rule that takes a further string, if the file writes them so.
  const FormPart* ListFor(const Filter& filter, const RuleForm& form) const {
    const bool one_string = filter.subfilters.empty() && filter.arguments.size() == 1 &&
                            std::holds_alternative<std::string>(filter.arguments[0].value);
    if (!one_string || state_.words.functions.contains(filter.spelled)) return nullptr;
    const FormPart* list = nullptr;
    for (const FormPart& part : form.parts) {
      const catalog::Filter* known = state_.catalog.FindFilter(part.word);
      if (part.kind != FormPart::Kind::kList || known == nullptr || known->name != filter.name) continue;
      list = part.only_strings && part.arguments.size() > 1 ? &part : nullptr;
    }
    return list;
  }

  // The filter behind which a new one goes: the last call of the same function, the last of its kind, else the last of all.
  const FormPart& FilterBefore(const Filter& filter, const RuleForm& form) const {
    const FormPart* last = LastFilter(form);
    if (state_.words.functions.contains(filter.spelled)) {
      for (const FormPart& part : form.parts) {
        if (part.kind == FormPart::Kind::kList && part.word == filter.spelled) last = &part;
      }
      return *last;
    }
    for (const FormPart& part : form.parts) {
      const catalog::Filter* known = state_.catalog.FindFilter(part.word);
      if (part.kind == FormPart::Kind::kList && known != nullptr && known->name == filter.name) last = &part;
    }
    return *last;
  }

  base::Status Merge(const Group& group, const OpenRule& rule) {
    const std::uint32_t fragment = rule.place.fragment;
    std::map<std::pair<const FormPart*, bool>, Joint> joints;  // behind a filter, or inside it
    for (const std::size_t index : group.additions) {
      const Filter& filter = *additions_[index].filter;
      const FormPart* list = ListFor(filter, rule.form);
      auto text = list ? ArgumentText(filter.arguments[0]) : FilterText(filter, state_.words);
      if (!text) return std::unexpected(text.error());
      const FormPart& before = list != nullptr ? *list : FilterBefore(filter, rule.form);
      const auto [joint, fresh] = joints.try_emplace({&before, list != nullptr});
      if (fresh) {
        joint->second = list ? JointBehind(fragment, list->arguments.back(), list->range)
                             : JointBehind(fragment, before.range, rule.form.range);
      }
      const std::string separator = joint->second.Separator(text->size());
      if (list == nullptr && joint->second.own_lines) {
        text = FilterText(filter, state_.words, {joint->second.line_break, state_.layouts[fragment].indent, kLineWidth});
      }
      AddPiece(fragment, joint->second.offset, separator, *text, index);
      merged_[index] = rule.form.range;
    }
    return {};
  }

  Kinship::Spot SpotFor(const Group& group) const {
    Kinship::Spot spot = state_.kinship.SpotFor(group.operations);
    if (!group.after) return spot;
    const FormPlace least = *state_.map.HomeOf(state_.profile.rules[*group.after]).place;
    const bool behind = spot.form ? FormPlace{spot.fragment, *spot.form} >= least : spot.fragment >= least.fragment;
    return behind ? spot : Kinship::Spot{least.fragment, least.form};
  }

  base::Status AddRule(const Group& group) {
    const Kinship::Spot spot = SpotFor(group);
    const Layout& layout = state_.layouts[spot.fragment];
    std::vector<std::string> filters;
    std::string head = RuleHead(access::Action::kAllow, group.operations, state_.words);
    std::size_t width = head.size() + 1;
    for (const std::size_t index : group.additions) {
      if (!additions_[index].filter) continue;
      auto text = FilterText(*additions_[index].filter, state_.words);
      if (!text) return std::unexpected(text.error());
      width += 1 + text->size();
      filters.push_back(std::move(*text));
    }
    const FilterLines wished = filters.size() == 1 ? layout.one_filter : layout.many_filters;
    const bool broken = !filters.empty() && (wished == FilterLines::kOneEach || width > kLineWidth);
    if (broken) {
      const LineRoom room{layout.newline + layout.indent, layout.indent, kLineWidth};
      std::size_t at = 0;
      for (const std::size_t index : group.additions) {
        if (additions_[index].filter) filters[at++] = *FilterText(*additions_[index].filter, state_.words, room);
      }
    }
    Write(group, spot, std::move(head), filters, broken);
    return {};
  }

  void Write(const Group& group, Kinship::Spot spot, std::string head, const std::vector<std::string>& filters,
             bool broken) {
    const Layout& layout = state_.layouts[spot.fragment];
    const RuleGap gap = GapAt(spot);
    if (filters.empty()) {
      AddPiece(spot.fragment, gap.offset, gap.before, head + ")", group.additions.front());
      for (const std::size_t index : group.additions) merged_[index] = std::nullopt;
      AddPiece(spot.fragment, gap.offset, "", gap.behind, kNoAddition);
      return;
    }
    AddPiece(spot.fragment, gap.offset, gap.before, head, kNoAddition);
    const std::string separator = broken ? layout.newline + layout.indent : " ";
    for (std::size_t i = 0; i < filters.size(); ++i) {
      AddPiece(spot.fragment, gap.offset, separator, filters[i], group.additions[i]);
    }
    const bool own_line = broken && layout.closing == Closing::kOwnLine;
    AddPiece(spot.fragment, gap.offset, "", (own_line ? layout.newline : "") + ")" + gap.behind, kNoAddition);
  }

  // Where a new rule goes and what sets it off from its neighbours.
  struct RuleGap {
    std::uint32_t offset = 0;
    std::string before;
    std::string behind;
  };

  // Whether blank lines stand between the form and the next one.
  static bool BlankBehind(std::string_view text, const std::vector<base::SourceRange>& forms, std::size_t form) {
    const std::uint32_t end = forms[form].offset + forms[form].length;
    return HasBlankLine(text.substr(end, forms[form + 1].offset - end));
  }

  // Whether blank lines set the form off from its neighbours.
  static bool StandsApart(std::string_view text, const std::vector<base::SourceRange>& forms, std::size_t form) {
    if (forms.size() == 1) return false;
    return (form == 0 || BlankBehind(text, forms, form - 1)) &&
           (form + 1 == forms.size() || BlankBehind(text, forms, form));
  }

  // Whether most forms of the text stand apart.
  static bool IsAiry(std::string_view text, const std::vector<base::SourceRange>& forms) {
    std::size_t blank = 0;
    for (std::size_t i = 0; i + 1 < forms.size(); ++i) blank += BlankBehind(text, forms, i) ? 1 : 0;
    return blank * 2 > forms.size() - 1 && forms.size() > 1;
  }

  RuleGap GapAt(Kinship::Spot spot) const {
    const std::string_view text = state_.Text(spot.fragment);
    const auto& forms = state_.map.Forms(spot.fragment);
    const std::string& newline = state_.layouts[spot.fragment].newline;
    RuleGap gap;
    if (spot.form) {
      gap.offset = LineEndBehindForm(text, forms, *spot.form);
      gap.before = StandsApart(text, forms, *spot.form) ? newline + newline : newline;
      return gap;
    }
    gap.offset = static_cast<std::uint32_t>(text.size());
    const bool apart = IsAiry(text, forms);
    if (text.empty() || text.back() == '\n') {
      const bool ends_blank = HasBlankLine(text.substr(text.size() - std::min<std::size_t>(4, text.size())));
      gap.before = apart && !ends_blank ? newline : "";
      gap.behind = newline;
    } else {
      gap.before = apart ? newline + newline : newline;
    }
    return gap;
  }

  void AddPiece(std::uint32_t fragment, std::uint32_t offset, std::string lead, const std::string& text,
                std::size_t addition) {
    const std::size_t lead_size = lead.size();
    pieces_[fragment].push_back({offset, std::move(lead) + text, addition, lead_size});
  }

  Insertion Finish() {
    Insertion insertion;
    insertion.places.resize(additions_.size());
    for (std::uint32_t fragment = 0; fragment < pieces_.size(); ++fragment) {
      auto& pieces = pieces_[fragment];
      if (pieces.empty()) continue;
      std::stable_sort(pieces.begin(), pieces.end(),
                       [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
      FragmentEdit edit{fragment, {}};
      std::size_t grown = 0;
      for (Piece& piece : pieces) {
        if (piece.addition != kNoAddition) {
          const std::size_t begin = piece.offset + grown + piece.lead;
          insertion.places[piece.addition] = {fragment, static_cast<std::uint32_t>(begin),
                                              static_cast<std::uint32_t>(piece.text.size() - piece.lead),
                                              merged_[piece.addition]};
        }
        grown += piece.text.size();
        edit.edits.push_back({piece.offset, 0, std::move(piece.text)});
      }
      insertion.fragments.push_back(std::move(edit));
    }
    return insertion;
  }

  const RuleInserter::State& state_;
  std::span<const Addition> additions_;
  std::vector<std::vector<Piece>> pieces_;  // per fragment
  std::vector<std::optional<base::SourceRange>> merged_;
};

}  // namespace

RuleInserter::RuleInserter(const Profile& profile, const catalog::Catalog& catalog)
    : state_(std::make_unique<State>(profile, catalog)) {}
RuleInserter::~RuleInserter() = default;
RuleInserter::RuleInserter(RuleInserter&&) noexcept = default;

const std::set<std::vector<std::string>>& RuleInserter::MergeableOperations() const { return state_->mergeable; }

base::Result<Insertion> RuleInserter::Insert(std::span<const Addition> additions, Merging merging) const {
  return Work(*state_, additions).Run(merging);
}

}  // namespace sbtune::sbpl
