// The terminal as a whole screen, by ncurses. Whatever ends the program's use of it, the destructor gives the terminal
// back as it was. One at a time.
//
//   auto screen = FullScreen::Open(keys);        // keys: a terminal; standard input, or /dev/tty when that is data
//   screen->Paint(top::Draw(model, screen->columns(), screen->rows()));
//   while (const auto key = screen->ReadKey()) …  // never waits
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "cli/top/model.h"
#include "cli/top/view.h"
#include "core/base/result.h"

namespace sbtune::screen {

class FullScreen {
 public:
  [[nodiscard]] static base::Result<std::unique_ptr<FullScreen>> Open(std::FILE* out, std::FILE* keys);
  ~FullScreen();
  FullScreen(const FullScreen&) = delete;
  FullScreen& operator=(const FullScreen&) = delete;

  [[nodiscard]] std::size_t columns() const;
  [[nodiscard]] std::size_t rows() const;
  void Paint(const std::vector<top::Line>& lines);
  // Keys that mean nothing to us are passed over; a change of the size is a key without a kind: `resized`.
  struct Pressed {
    bool resized = false;
    top::Key key;
  };
  [[nodiscard]] std::optional<Pressed> ReadKey();

 private:
  explicit FullScreen(void* screen) : screen_(screen) {}
  void* screen_;  // ncurses' SCREEN
};

}  // namespace sbtune::screen
