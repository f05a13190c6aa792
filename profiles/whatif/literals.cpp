#include "profiles/whatif/literals.h"

#include <algorithm>

namespace sbtune::whatif {
namespace {

constexpr std::size_t kFormsAround = 3;

bool EndsWord(char byte) { return std::string_view(" \t\r\n()\";'").find(byte) != std::string_view::npos; }

class Scanner {
 public:
  Scanner(std::string_view text, const std::function<bool(std::string_view)>& wanted, std::vector<std::string>& found)
      : text_(text), wanted_(wanted), found_(found) {}

  void Run() {
    while (at_ < text_.size()) {
      switch (text_[at_]) {
        case ';': at_ = std::min(text_.find('\n', at_), text_.size()); break;
        case '(': heads_.push_back(Head(++at_)); break;
        case ')':
          if (!heads_.empty()) heads_.pop_back();
          ++at_;
          break;
        case '"': Literal(at_ > 0 && text_[at_ - 1] == '#'); break;
        default: ++at_;
      }
    }
  }

 private:
  std::string_view Head(std::size_t begin) const {
    std::size_t end = begin;
    while (end < text_.size() && !EndsWord(text_[end])) ++end;
    return text_.substr(begin, end - begin);
  }

  void Literal(bool raw) {
    const std::size_t begin = ++at_;
    bool escapes = false;
    while (at_ < text_.size() && text_[at_] != '"') {
      const bool escape = !raw && text_[at_] == '\\';
      escapes |= escape;
      at_ += escape ? 2 : 1;
    }
    at_ = std::min(at_, text_.size());
    if (!escapes && Wanted()) {
      std::string literal(text_.substr(begin, at_ - begin));
      if (std::ranges::find(found_, literal) == found_.end()) found_.push_back(std::move(literal));
    }
    ++at_;
  }

  bool Wanted() const {
    const std::size_t from = heads_.size() > kFormsAround ? heads_.size() - kFormsAround : 0;
    return std::any_of(heads_.begin() + static_cast<std::ptrdiff_t>(from), heads_.end(), wanted_);
  }

  std::string_view text_;
  const std::function<bool(std::string_view)>& wanted_;
  std::vector<std::string>& found_;
  std::vector<std::string_view> heads_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> LiteralsUnder(const base::SourceMap& sources,
                                       const std::function<bool(std::string_view)>& wanted) {
  std::vector<std::string> found;
  for (base::SourceId id = 0; id < sources.size(); ++id) Scanner(sources.Text(id), wanted, found).Run();
  return found;
}

}  // namespace sbtune::whatif
