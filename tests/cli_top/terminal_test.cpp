// sbtune top in a real terminal (tmux): it shows, answers keys, follows the size, and gives the terminal back however
// it ends.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/command.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

void Pause(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// A tmux server of its own with one window, which runs a shell.
class Terminal {
 public:
  Terminal(int columns, int rows) {
    socket_ = folder_ / "tmux";
    Tmux({"-f", "/dev/null", "new-session", "-d", "-x", std::to_string(columns), "-y", std::to_string(rows), "sh"});
    Send("PS1='ready> '; export LC_ALL=C.UTF-8; cd " + folder_.path());
    WaitFor("ready>");
  }
  ~Terminal() { Tmux({"kill-server"}); }

  void Send(const std::string& line) { Tmux({"send-keys", "-l", line}), Key("Enter"); }
  void Key(const std::string& key) { Tmux({"send-keys", key}); }
  void Resize(int columns, int rows) {
    Tmux({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(rows)});
  }
  std::string Screen() { return Tmux({"capture-pane", "-p"}); }
  // At most 20 s.
  std::string WaitFor(const std::string& words) {
    std::string screen;
    for (int i = 0; i < 400; ++i) {
      screen = Screen();
      if (screen.find(words) != std::string::npos) return screen;
      Pause(50);
    }
    FAIL_CHECK("no \"" << words << "\" on\n" << screen);
    return screen;
  }
  [[nodiscard]] const test::TempFolder& folder() const { return folder_; }

 private:
  std::string Tmux(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"/usr/bin/tmux", "-u", "-S", socket_});
    return test::RunCommand(arguments).out;
  }
  test::TempFolder folder_;
  std::string socket_;
};

bool HasTmux() {
  const bool has = std::filesystem::exists("/usr/bin/tmux");
  if (!has) MESSAGE("skipped: no tmux");
  return has;
}

std::string Log() {
  std::string log;
  for (int i = 0; i < 12; ++i) log += "Sandbox: node(41) deny(1) file-read-data /private/etc/hosts\n";
  for (int i = 0; i < 3; ++i) log += "Sandbox: git(42) deny(1) mach-lookup com.example.service\n";
  return log;
}

// Echo and line mode are back: what is typed is seen, and a command runs.
void CheckTerminalIsBack(Terminal& terminal) {
  terminal.Send("stty -a | grep -c -E '[^-]echo .*' ; echo back-$((40+2))");
  terminal.WaitFor("back-42");
  terminal.Send("clear; stty -a | tr ' ;' '\\n\\n' | grep -x -E 'icanon|echo' | tr '\\n' '+'; echo modes");
  terminal.WaitFor("icanon+echo+modes");
}

}  // namespace

TEST_CASE("a capture is shown, explained, accepted, and its patch written on leaving") {
  if (!HasTmux()) return;
  Terminal terminal(80, 24);
  test::WriteFile(terminal.folder() / "log", Log());
  test::WriteFile(terminal.folder() / "p.sb", "(version 1)\n(deny default)\n");
  terminal.Send(std::string(SBTUNE_PROGRAM) + " top --from log --profile p.sb --patch p.patch");
  const std::string screen = terminal.WaitFor("15 denials of 2 kinds");
  CHECK(screen.find("12  node            file-read-data        /private/etc/hosts") != std::string::npos);
  terminal.Key("Down");
  terminal.Key("Enter");
  terminal.WaitFor("rule that lets it pass: (allow file-read-data (literal \"/private/etc/hosts\"))");
  terminal.Key("a");
  terminal.WaitFor("accepted: its rule goes into the patch");
  terminal.Key("q");
  terminal.WaitFor("p.patch holds 1 addition for 1 accepted group; apply with:");
  CheckTerminalIsBack(terminal);
  CHECK(test::ReadFile(terminal.folder() / "p.patch") ==
        "--- p.sb\n+++ p.sb\n@@ -1,2 +1,3 @@\n (version 1)\n (deny default)\n"
        "+(allow file-read-data (literal \"/private/etc/hosts\"))\n");
}

TEST_CASE("the screen follows the terminal's size, and a filter is typed") {
  if (!HasTmux()) return;
  Terminal terminal(80, 24);
  test::WriteFile(terminal.folder() / "log", Log());
  terminal.Send("cat log | " + std::string(SBTUNE_PROGRAM) + " top --from -");
  terminal.WaitFor("15 denials of 2 kinds");
  terminal.Resize(40, 10);
  terminal.WaitFor("COUNT  OPERATION TARGET");
  terminal.Key("/");
  terminal.Key("G");
  terminal.WaitFor("filter: G_");
  const std::string screen = terminal.Screen();
  CHECK(screen.find("mach-lookup") != std::string::npos);
  CHECK(screen.find("file-read-data") == std::string::npos);
  terminal.Key("Enter");
  terminal.Key("q");
  terminal.WaitFor("ready>");
  CheckTerminalIsBack(terminal);
}

TEST_CASE("the terminal is given back after Ctrl-C, Ctrl-\\, SIGTERM, SIGHUP, and while suspended") {
  if (!HasTmux()) return;
  for (const std::string end : {"C-c", "C-\\", "TERM", "HUP"}) {
    CAPTURE(end);
    Terminal terminal(80, 24);
    test::WriteFile(terminal.folder() / "log", Log());
    terminal.Send("sh -c 'echo $$ > pid; exec " + std::string(SBTUNE_PROGRAM) + " top --from log'");
    terminal.WaitFor("15 denials of 2 kinds");
    if (end.starts_with("C-")) {
      terminal.Key(end);
    } else {
      (void)test::RunCommand({"/bin/sh", "-c", "kill -" + end + " $(cat " + terminal.folder().path() + "/pid)"});
    }
    terminal.WaitFor("ready>");
    CheckTerminalIsBack(terminal);
  }
  Terminal terminal(80, 24);
  test::WriteFile(terminal.folder() / "log", Log());
  terminal.Send(std::string(SBTUNE_PROGRAM) + " top --from log");
  terminal.WaitFor("15 denials of 2 kinds");
  terminal.Key("C-z");
  terminal.WaitFor("ready>");
  CheckTerminalIsBack(terminal);
  terminal.Send("clear; fg");
  terminal.WaitFor("15 denials of 2 kinds");
  terminal.Key("q");
  CheckTerminalIsBack(terminal);
}

TEST_CASE("a terminal that cannot be painted on is told so") {
  if (!HasTmux()) return;
  Terminal terminal(80, 24);
  test::WriteFile(terminal.folder() / "log", Log());
  terminal.Send("TERM=dumb " + std::string(SBTUNE_PROGRAM) + " top --from log");
  terminal.WaitFor("sbtune: this kind of terminal cannot show a full screen; use `sbtune watch`");
  CheckTerminalIsBack(terminal);
}

TEST_CASE("without a terminal top says so") {
  const auto done = test::RunCommand({SBTUNE_PROGRAM, "top", "--from", "/dev/null"});
  CHECK(done.exit_code == 2);
  CHECK(done.out == "");
  CHECK(done.err == "sbtune: top needs a terminal; use `sbtune watch` where there is none\n");
}
