// What a profile may do wrong, and what is said about it.
#include <doctest/doctest.h>

#include "tests/support/loading.h"

using namespace sbtune;

namespace {

sbpl::LoadOptions Lenient() {
  sbpl::LoadOptions options;
  options.strictness = sbpl::Strictness::kLenient;
  return options;
}

}  // namespace

TEST_CASE("A mistake is an error with its place and what to do") {
  const struct {
    std::string text;
    std::string said;
  } cases[] = {
      {"(allow file-raed* (literal \"/\"))",
       "a.sb:2:8: error: unknown operation 'file-raed*'\n  (allow file-raed* (literal \"/\"))\n         ^~~~~~~~~~\n"
       "  hint: did you mean 'file-read*'?\n"},
      {"(allow file-read* (litteral \"/\"))",
       "a.sb:2:20: error: unknown filter 'litteral'\n  (allow file-read* (litteral \"/\"))\n                     ^~~~~~~~\n"
       "  hint: did you mean 'literal'?\n"},
      {"(allow file-read* (require-all (subpth \"/\")))",
       "a.sb:2:33: error: unbound variable 'subpth'\n  (allow file-read* (require-all (subpth \"/\")))\n"
       "                                  ^~~~~~\n  hint: did you mean 'subpath'?\n"},
      {"(deny file-read* (with no-reprt))",
       "a.sb:2:24: error: unknown modifier 'no-reprt'\n  (deny file-read* (with no-reprt))\n"
       "                         ^~~~~~~~\n  hint: did you mean 'no-report'?\n"},
      {"(allow file-read* (vnode-type REGULAR-FLIE))",
       "a.sb:2:31: error: unbound variable 'REGULAR-FLIE'\n  (allow file-read* (vnode-type REGULAR-FLIE))\n"
       "                                ^~~~~~~~~~~~\n  hint: did you mean 'REGULAR-FILE'?\n"},
      {"(allow file-read* (vnode-type SIGKILL))",
       "a.sb:2:31: error: vnode-type does not know the value SIGKILL\n  (allow file-read* (vnode-type SIGKILL))\n"
       "                                ^~~~~~~\n"},
      {"(allow file-read* no-report)",
       "a.sb:2:19: error: 'no-report' is a modifier and must stand in (with …)\n  (allow file-read* no-report)\n"
       "                    ^~~~~~~~~\n  hint: write (with no-report)\n"},
      {"(allow \"file-read*\")",
       "a.sb:2:8: error: allow takes operations, filters and modifiers, not a string\n  (allow \"file-read*\")\n"
       "         ^~~~~~~~~~~~\n"},
      {"(allow (literal \"/\"))",
       "a.sb:2:1: error: allow names no operation\n  (allow (literal \"/\"))\n  ^~~~~~~~~~~~~~~~~~~~~\n"
       "  hint: to decide everything that no other rule decides, name `default`\n"},
      {"(allow file-read* (with no-report))",
       "a.sb:2:19: error: the modifier no-report does not go with allow\n  (allow file-read* (with no-report))\n"
       "                    ^~~~~~~~~~~~~~~~\n"},
      {"(deny file-read* (with no-log) (with no-report))",
       "a.sb:2:32: error: the modifier no-report is given twice\n"
       "  (deny file-read* (with no-log) (with no-report))\n                                 ^~~~~~~~~~~~~~~~\n"
       "  hint: remove one of them\n"},
      {"(deny file-read* (with message))",
       "a.sb:2:18: error: the modifier message takes one argument\n  (deny file-read* (with message))\n"
       "                   ^~~~~~~~~~~~~~\n"},
      {"(allow file-read* (subpath (param \"HOME\")))",
       "a.sb:2:28: error: subpath needs a string, not a boolean\n  (allow file-read* (subpath (param \"HOME\")))\n"
       "                             ^~~~~~~~~~~~~~\n"
       "  hint: a parameter that was not given is #f; give it with -D NAME=VALUE\n"},
      {"(allow file-read* (subpath (string-append (param \"HOME\") \"/x\")))",
       "a.sb:2:43: error: string-append needs a string as argument 1, not a boolean\n"
       "  (allow file-read* (subpath (string-append (param \"HOME\") \"/x\")))\n"
       "                                            ^~~~~~~~~~~~~~\n"
       "  hint: a parameter that was not given is #f; give it with -D NAME=VALUE\n"},
      {"(allow file-read* (literal))",
       "a.sb:2:19: error: literal needs at least one argument\n  (allow file-read* (literal))\n"
       "                    ^~~~~~~~~\n"},
      {"(allow file-read* (require-not (literal \"/a\") (literal \"/b\")))",
       "a.sb:2:19: error: require-not takes 1 argument, not 2\n"
       "  (allow file-read* (require-not (literal \"/a\") (literal \"/b\")))\n"
       "                    ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"},
      {"(allow file-read* (require-any \"/a\"))",
       "a.sb:2:32: error: require-any needs a filter as argument 1, not a string\n"
       "  (allow file-read* (require-any \"/a\"))\n                                 ^~~~\n"},
      {"(allow file-read* (path-ancestors \"/\"))",
       "a.sb:2:35: error: \"/\" has no ancestors\n  (allow file-read* (path-ancestors \"/\"))\n"
       "                                    ^~~\n"},
      {"(allow file-read* (path-ancestors \"a\"))",
       "a.sb:2:35: error: path-ancestors needs an absolute path\n  (allow file-read* (path-ancestors \"a\"))\n"
       "                                    ^~~\n"},
      {"(allow network-outbound (remote tcp \"10.0.0.1:80\"))",
       "a.sb:2:37: error: the host of an address must be * or localhost\n"
       "  (allow network-outbound (remote tcp \"10.0.0.1:80\"))\n                                      ^~~~~~~~~~~~~\n"
       "  hint: write \"*:443\" or \"localhost:*\"; single hosts cannot be named\n"},
      {"(allow network-outbound (remote tcp \"*:http\"))",
       "a.sb:2:37: error: the port of an address must be a number up to 65535, or *\n"
       "  (allow network-outbound (remote tcp \"*:http\"))\n                                      ^~~~~~~~\n"
       "  hint: write \"*:443\" or \"localhost:*\"; single hosts cannot be named\n"},
      {"(allow network-outbound (remote \"*:80\"))",
       "a.sb:2:33: error: remote needs a protocol before the address\n"
       "  (allow network-outbound (remote \"*:80\"))\n                                  ^~~~~~\n"
       "  hint: for example (remote tcp \"*:443\"); protocols are ip, tcp and udp, each also with 4 or 6\n"},
      {"(allow network-outbound (remote tcp \"*:65536\"))",
       "a.sb:2:37: error: the port of an address must be a number up to 65535, or *\n"
       "  (allow network-outbound (remote tcp \"*:65536\"))\n                                      ^~~~~~~~~\n"
       "  hint: write \"*:443\" or \"localhost:*\"; single hosts cannot be named\n"},
      {"(allow file-read* (regex #\"^/a(b\"))",
       "a.sb:2:26: error: this is no regular expression: unmatched '('\n  (allow file-read* (regex #\"^/a(b\"))\n"
       "                           ^~~~~~~~\n"},
      {"(allow file-read* (literal /etc))",
       "a.sb:2:28: error: unbound variable '/etc'\n  (allow file-read* (literal /etc))\n"
       "                             ^~~~\n  hint: a path is a string: \"/etc\"\n"},
      {"(allow file-read* (my-own-words \"/\"))",
       "a.sb:2:20: error: unknown filter 'my-own-words'\n  (allow file-read* (my-own-words \"/\"))\n"
       "                     ^~~~~~~~~~~~\n"
       "  hint: if another file defines it, name that file first: --profile OTHER --profile THIS\n"},
      {"\xef\xbb\xbf(allow signal)",
       "a.sb:2:1: error: unbound variable '\\xef\\xbb\\xbf'\n  \\xef\\xbb\\xbf(allow signal)\n  ^~~~~~~~~~~~\n"
       "  hint: the file begins with a byte order mark; save it without\n"},
      {"__PLACE__",
       "a.sb:2:1: error: unbound variable '__PLACE__'\n  __PLACE__\n  ^~~~~~~~~\n"
       "  hint: this looks like a place of a template that its program fills in; fill it in first\n"},
      {"(load \"/etc/passwd\")",
       "a.sb:2:2: error: unbound variable 'load'\n  (load \"/etc/passwd\")\n   ^~~~\n"
       "  hint: this word of Scheme is not supported: no known profile uses it\n"},
      {"(version 2)",
       "a.sb:2:1: error: the profile said (version 1) before\n  (version 2)\n  ^~~~~~~~~~~\n"},
      {"(version 9)",
       "a.sb:2:1: error: there is no version 9 of the profile language\n  (version 9)\n  ^~~~~~~~~~~\n"
       "  hint: profiles say (version 1); 2 and 3 are known of newer systems\n"},
      {"(delegate file-read*)",
       "a.sb:2:1: error: delegate leaves the decision to a running system, which is not here to ask\n"
       "  (delegate file-read*)\n  ^~~~~~~~~~~~~~~~~~~~~\n"},
      {"(deny default))",
       "a.sb:2:15: error: this ')' closes nothing\n  (deny default))\n                ^\n"
       "  hint: remove it, or add the '(' it belongs to\n"},
      {"(with-filter \"x\" (allow file-read*))",
       "a.sb:2:14: error: with-filter needs a filter, not a string\n  (with-filter \"x\" (allow file-read*))\n"
       "               ^~~\n"},
      {"(define (home p) (subpath (string-append (param \"H\") p)))\n(allow file-read* (home \"/x\"))",
       "a.sb:2:42: error: string-append needs a string as argument 1, not a boolean\n"
       "  (define (home p) (subpath (string-append (param \"H\") p)))\n"
       "                                           ^~~~~~~~~~~\n  called from a.sb:3:19\n"
       "  hint: a parameter that was not given is #f; give it with -D NAME=VALUE\n"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(test::Said(test::Load("(version 1)\n" + each.text)) == each.said);
  }
}

TEST_CASE("What the system accepts although it looks wrong is a warning or a note") {
  const struct {
    std::string text;
    std::string said;
  } cases[] = {
      {"(version 1)(allow file-read* (subpath \"/a/\"))",
       "a.sb:1:39: warning: a subpath must not end with a slash\n  (version 1)(allow file-read* (subpath \"/a/\"))\n"
       "                                        ^~~~~\n"
       "  hint: leave the slash away: it covers everything below in either case\n"},
      {"(version 1)(allow mach-lookup (subpath \"/a\"))",
       "a.sb:1:31: warning: the filter subpath does not apply to mach-lookup\n"
       "  (version 1)(allow mach-lookup (subpath \"/a\"))\n                                ^~~~~~~~~~~~~~\n"
       "  hint: it matches nothing there, and a system may refuse the profile\n"},
      {"(version 1)(allow file-read* (with no-sandbox))",
       "a.sb:1:30: warning: the modifier no-sandbox does not apply to file-read*\n"
       "  (version 1)(allow file-read* (with no-sandbox))\n                               ^~~~~~~~~~~~~~~~~\n"
       "  hint: it does nothing there, and a system may refuse the profile\n"},
      {"(version 1)(allow process* (with no-sandbox))", ""},
      {"(version 1)(allow default (with no-sandbox))", ""},
      {"(allow file-read*)",
       "warning: the profile does not say (version 1)\n"
       "  hint: the system refuses it as it stands; begin the first file with (version 1)\n"},
      {"(version 1)(allow file-read* (literal \"/a\\x00b\"))",
       "a.sb:1:39: warning: the system reads this string only up to its NUL byte\n"
       "  (version 1)(allow file-read* (literal \"/a\\x00b\"))\n                                        ^~~~~~~~~\n"},
      {"(version 1)(allow file-ioctl (ioctl-command FIO_no_such))",
       "a.sb:1:45: note: the number of the ioctl-command FIO_no_such is not known here, so what it decides stays unknown\n"
       "  (version 1)(allow file-ioctl (ioctl-command FIO_no_such))\n"
       "                                              ^~~~~~~~~~~\n"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const sbpl::LoadResult result = test::Load(each.text);
    CHECK(test::Said(result) == each.said);
    CHECK(result.ok());
    CHECK(result.profile.rules.size() == 1);
  }
}

TEST_CASE("The tables of the chosen system decide what is told") {
  sbpl::LoadOptions options;
  options.macos = "10.13";
  CHECK(test::Said(test::Load("(version 1)(allow file-clone)", options)) ==
        "a.sb:1:19: note: file-clone is an operation of newer systems than macOS 10.13\n"
        "  (version 1)(allow file-clone)\n                    ^~~~~~~~~~\n"
        "  hint: that system refuses the profile unless this stands behind (defined? …)\n");
  options.macos = "10.9";
  CHECK(test::Said(test::Load("(version 1)(allow file-read* (subpath \"/a/\"))", options))
            .find("error: a subpath must not end with a slash") != std::string::npos);
  options.macos = "9.0";
  CHECK(!test::Load("(version 1)", options).ok());
}

TEST_CASE("Up to 10.15 nothing can be appended to a raw string") {
  const std::string text = "(version 1)(allow file-read* (regex (string-append \"^\" #\"/a\\.\" \"b\")))";
  CHECK(test::RulesOf(test::Load(text)) == "(allow file-read* (path-regex \"^/a\\\\.b\"))\n");
  sbpl::LoadOptions options;
  options.macos = "10.15";
  const sbpl::LoadResult result = test::Load(text, options);
  CHECK(test::Said(result) ==
        "a.sb:1:64: warning: string-append drops what follows a raw string\n"
        "  (version 1)(allow file-read* (regex (string-append \"^\" #\"/a\\.\" \"b\")))\n"
        "                                                                 ^~~\n"
        "  hint: write the raw string as a plain one, with its backslashes doubled\n");
  REQUIRE(result.profile.rules.size() == 1);
  CHECK(sbpl::Print(result.profile.rules[0]) == "(allow file-read* (path-regex \"^/a\\\\.\"))");
}

TEST_CASE("Lenient loading skips the rule and goes on behind it") {
  const struct {
    std::string text;
    std::string codes;
    std::string rules;
  } cases[] = {
      {"(allow file-raed*) (allow file-read*)", "unknown-operation", "(allow file-read*)\n"},
      {"(allow file-read* (subpath (param \"X\"))) (deny file-write*)", "wrong-type", "(deny file-write*)\n"},
      {"(define (f) (allow file-read* (oops)) (allow file-write*)) (f)", "unknown-filter", "(allow file-write*)\n"},
      {"(for-each (lambda (p) (allow file-read* (literal p))) (list \"/a\" #f \"/b\"))", "wrong-type",
       "(allow file-read* (path \"/a\"))\n(allow file-read* (path \"/b\"))\n"},
      {"(let ((x (car '()))) (allow file-read*)) (allow file-write*)", "wrong-type", "(allow file-write*)\n"},
      {"(with-filter (extension \"e\") (allow file-read*) (oops) (allow file-write*)) (allow network*)",
       "unbound-variable", "(allow file-read* (extension \"e\"))\n(allow network*)\n"},
      {"(with-filter (oops) (allow file-read*)) (allow network*)", "unbound-variable", "(allow network*)\n"},
      {"(allow mach-bootstrap (apply-message-filter (allow mach-message-send) (allow oops))) (allow network*)",
       "unknown-operation", "(allow mach-bootstrap (apply-message-filter (allow mach-message-send)))\n(allow network*)\n"},
      {"(allow mach-bootstrap (apply-message-filter (car 1))) (allow network*)", "wrong-type", "(allow network*)\n"},
      {") (allow file-read*) (", "stray-parenthesis unfinished", "(allow file-read*)\n"},
      {"(deny file-read* (with report)) (allow network*)", "modifier-does-not-apply", "(allow network*)\n"},
      {"(import \"none.sb\") (allow network*)", "import-not-found", "(allow network*)\n"},
      {"(error \"stop\") (allow network*)", "profile-error", "(allow network*)\n"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const sbpl::LoadResult result = test::Load("(version 1)" + each.text, Lenient());
    CHECK(result.ok());
    std::string codes;
    for (const base::Diagnostic& item : result.diagnostics.items()) codes += (codes.empty() ? "" : " ") + item.code;
    CHECK(codes == each.codes);
    std::string rules;
    for (const sbpl::Rule& rule : result.profile.rules) rules += sbpl::Print(rule) + "\n";
    CHECK(rules == each.rules);
  }
}

TEST_CASE("Limits hold in lenient loading too") {
  const struct {
    std::string text;
    std::string code;
  } cases[] = {
      {"(let loop () (loop))", "step-limit"},
      {"(let loop () (allow file-read*) (loop))", "rule-limit"},
      {"(define (f n) (+ 1 (f n))) (f 1)", "depth-limit"},
      {"(let loop ((f (literal \"/a\"))) (loop (require-any f f)))", "filter-depth"},
      {"(define (wide n) (if (= n 0) (literal \"/a\") (let ((f (wide (- n 1)))) (require-any f f f f))))"
       "(allow file-read* (wide 40))",
       "memory-limit"},
      {"(define s \"/a\") (let loop () (set! s (string-append s s)) (loop))", "memory-limit"},
      {"(macro (with-rules form) `(begin ,@(cdr form) ,@(cdr form) ,form)) (with-rules (allow file-read*))",
       "rule-limit"},
      {std::string(1'000'000, '('), "depth-limit"},
      {"(let loop () (import \"b.sb\") (loop))", "import-limit"},
  };
  for (const sbpl::Strictness strictness : {sbpl::Strictness::kAsTheKernel, sbpl::Strictness::kLenient}) {
    for (const auto& each : cases) {
      CAPTURE(each.text.substr(0, 200));
      sbpl::LoadOptions options;
      options.strictness = strictness;
      options.limits = {.steps = 2'000'000, .depth = 5'000, .memory_bytes = 48u << 20, .rules = 20'000, .imports = 50};
      const sbpl::LoadResult result = test::Load("(version 1)" + each.text, options, {{"b.sb", "(version 1)"}});
      bool found = false;
      for (const base::Diagnostic& item : result.diagnostics.items()) found = found || item.code == each.code;
      CHECK(found);
      if (each.code != "import-limit" && each.code != "filter-depth") CHECK(!result.ok());
    }
  }
}

TEST_CASE("A profile of nothing but mistakes is given up") {
  std::string text = "(version 1)\n";
  for (int i = 0; i < 1001; ++i) text += "(allow file-raed*)\n";
  const sbpl::LoadResult result = test::Load(text, Lenient());
  REQUIRE(result.diagnostics.items().size() == 1001);
  CHECK(result.diagnostics.items().back().message == "there are more than 1000 mistakes");
  CHECK(!result.ok());
}

TEST_CASE("A mistake in a loop is told once") {
  const sbpl::LoadResult result = test::Load("(version 1)(let loop () (allow file-raed*) (loop))", Lenient());
  REQUIRE(result.diagnostics.items().size() == 2);
  CHECK(result.diagnostics.items().front().message == "unknown operation 'file-raed*'");
  CHECK(result.diagnostics.items().back().message == "there are more than 1000 mistakes");
}
