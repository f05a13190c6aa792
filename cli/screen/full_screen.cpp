#include "cli/screen/full_screen.h"

#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <clocale>
#include <cstdlib>
#include <cwchar>

#include <curses.h>
#include <term.h>
#undef lines  // and other plain words that it takes for itself
#undef columns

namespace sbtune::screen {
namespace {

constexpr int kEscapeDelayMs = 25;
constexpr wint_t kEscape = 27, kDelete = 127, kCtrlH = 8, kCtrlC = 3;

int AttributesOf(top::Style style) {
  switch (style) {
    case top::Style::kPlain: return A_NORMAL;
    case top::Style::kTitle: return A_BOLD;
    case top::Style::kHeader: return A_UNDERLINE;
    case top::Style::kSelected: return A_REVERSE;
    case top::Style::kDim: return A_DIM;
  }
  return A_NORMAL;
}

std::optional<top::KeyKind> NamedKey(wint_t code) {
  switch (code) {
    case KEY_UP: return top::KeyKind::kUp;
    case KEY_DOWN: return top::KeyKind::kDown;
    case KEY_PPAGE: return top::KeyKind::kPageUp;
    case KEY_NPAGE: return top::KeyKind::kPageDown;
    case KEY_HOME: return top::KeyKind::kHome;
    case KEY_END: return top::KeyKind::kEnd;
    case KEY_ENTER: return top::KeyKind::kEnter;
    case KEY_BACKSPACE: return top::KeyKind::kBackspace;
    default: return std::nullopt;
  }
}

std::optional<top::KeyKind> ControlKey(wint_t code) {
  switch (code) {
    case '\r':
    case '\n': return top::KeyKind::kEnter;
    case kEscape: return top::KeyKind::kEscape;
    case kDelete:
    case kCtrlH: return top::KeyKind::kBackspace;
    default: return std::nullopt;
  }
}

std::string Utf8(wint_t code) {
  char bytes[MB_LEN_MAX] = {};
  std::mbstate_t state{};
  const std::size_t size = std::wcrtomb(bytes, static_cast<wchar_t>(code), &state);
  return size == static_cast<std::size_t>(-1) ? "" : std::string(bytes, size);
}

}  // namespace

base::Result<std::unique_ptr<FullScreen>> FullScreen::Open(std::FILE* out, std::FILE* keys) {
  std::setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
  SCREEN* const screen = newterm(nullptr, out, keys);
  if (screen == nullptr) {
    const char* const kind = std::getenv("TERM");
    return base::Fail(std::string("this kind of terminal is not known here (TERM=") + (kind == nullptr ? "" : kind) +
                      "); set TERM, or use `sbtune watch`");
  }
  const char* const to_place = tigetstr("cup");  // moves the cursor to a place
  if (to_place == nullptr || to_place == reinterpret_cast<const char*>(-1)) {
    endwin();
    delscreen(screen);
    return base::Fail("this kind of terminal cannot show a full screen; use `sbtune watch`");
  }
  cbreak();
  noecho();
  nonl();
  intrflush(stdscr, FALSE);
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  set_escdelay(kEscapeDelayMs);
  curs_set(0);
  return std::unique_ptr<FullScreen>(new FullScreen(screen));
}

FullScreen::~FullScreen() {
  endwin();
  delscreen(static_cast<SCREEN*>(screen_));
}

std::size_t FullScreen::columns() const { return static_cast<std::size_t>(getmaxx(stdscr)); }
std::size_t FullScreen::rows() const { return static_cast<std::size_t>(getmaxy(stdscr)); }

void FullScreen::Paint(const std::vector<top::Line>& lines) {
  werase(stdscr);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    wattrset(stdscr, AttributesOf(lines[i].style));
    mvwaddstr(stdscr, static_cast<int>(i), 0, lines[i].text.c_str());
  }
  wattrset(stdscr, A_NORMAL);
  wrefresh(stdscr);
}

std::optional<FullScreen::Pressed> FullScreen::ReadKey() {
  for (;;) {
    wint_t code = 0;
    const int kind = wget_wch(stdscr, &code);
    if (kind == ERR) return std::nullopt;
    if (kind == KEY_CODE_YES) {
      if (code == KEY_RESIZE) return Pressed{true, {}};
      if (const auto named = NamedKey(code)) return Pressed{false, {*named, ""}};
      continue;
    }
    if (const auto control = ControlKey(code)) return Pressed{false, {*control, ""}};
    if (code == kCtrlC || code < ' ') continue;
    if (std::string text = Utf8(code); !text.empty()) return Pressed{false, {top::KeyKind::kText, std::move(text)}};
  }
}

}  // namespace sbtune::screen
