// Mistakes in programs, and the limits that no program passes.
#include <doctest/doctest.h>

#include "tests/support/scheme_fixture.h"

using namespace sbtune;

TEST_CASE("A mistake is told with its place and the way to it") {
  const struct {
    const char* text;
    const char* said;
  } cases[] = {
      {"(+ 1 nope)", "t.scm:1:6: error: unbound variable: nope\n  (+ 1 nope)\n       ^~~~\n"},
      {"(letrec ((a b) (b 1)) a)", "t.scm:1:13: error: unbound variable: b\n  (letrec ((a b) (b 1)) a)\n              ^\n"},
      {"(set! nope 1)",
       "t.scm:1:7: error: unbound variable: nope\n  (set! nope 1)\n        ^~~~\n"
       "  hint: set! changes a variable that exists; define makes one\n"},
      {"(car '())",
       "t.scm:1:6: error: car reaches the empty list where it needs a list that is not empty\n  (car '())\n"
       "       ^~~\n"},
      {"(string-append \"a\" 'b)",
       "t.scm:1:20: error: string-append needs a string as argument 2, not a symbol\n  (string-append \"a\" 'b)\n"
       "                     ^~\n"},
      {"(cons 1)", "t.scm:1:1: error: cons takes 2 arguments, not 1\n  (cons 1)\n  ^~~~~~~~\n"},
      {"(substring \"a\")", "t.scm:1:1: error: substring takes 2 to 3 arguments, not 1\n  (substring \"a\")\n  ^~~~~~~~~~~~~~~\n"},
      {"(max)", "t.scm:1:1: error: max takes at least 1 argument, not 0\n  (max)\n  ^~~~~\n"},
      {"(define (f x)\n  x)\n(f)", "t.scm:3:1: error: f takes 1 argument, not 0\n  (f)\n  ^~~\n"},
      {"((lambda (x) x))", "t.scm:1:1: error: this procedure takes 1 argument, not 0\n  ((lambda (x) x))\n  ^~~~~~~~~~~~~~~~\n"},
      {"(1 2)", "t.scm:1:1: error: only procedures can be called, this is an integer\n  (1 2)\n  ^~~~~\n"},
      {"(\"a\")", "t.scm:1:1: error: only procedures can be called, this is a string\n  (\"a\")\n  ^~~~~\n"},
      {"((if #f 1))",
       "t.scm:1:1: error: only procedures can be called, this is the empty list\n  ((if #f 1))\n  ^~~~~~~~~~~\n"
       "  hint: the expression in front has no value\n"},
      {"(quotient 1 0)", "t.scm:1:1: error: division by zero\n  (quotient 1 0)\n  ^~~~~~~~~~~~~~\n"},
      {"(string-ref \"abc\" 3)",
       "t.scm:1:19: error: string-ref: 3 is not between 0 and 2\n  (string-ref \"abc\" 3)\n                    ^\n"},
      {"(list-ref '(1 2) 5)",
       "t.scm:1:1: error: list-ref: the list has fewer than 6 elements\n  (list-ref '(1 2) 5)\n  ^~~~~~~~~~~~~~~~~~~\n"},
      {"(length '(1 . 2))",
       "t.scm:1:9: error: length needs a list that ends in () as argument 1, not a list\n  (length '(1 . 2))\n"
       "          ^~~~~~~~\n"},
      {"(string->number \"x\")",
       "t.scm:1:17: error: string->number: this is not a number\n  (string->number \"x\")\n                  ^~~\n"},
      {"(error \"no home\" 'x \"y\" 3)",
       "t.scm:1:1: error: the profile stops with an error: no home x \"y\" 3\n  (error \"no home\" 'x \"y\" 3)\n"
       "  ^~~~~~~~~~~~~~~~~~~~~~~~~~\n"},
      {"(if)", "t.scm:1:1: error: if takes a test and one or two branches\n  (if)\n  ^~~~\n"},
      {"(let ((1 2)) 3)", "t.scm:1:7: error: a binding of let is (name value)\n  (let ((1 2)) 3)\n        ^~~~~\n"},
      {"(lambda (x 1) x)", "t.scm:1:9: error: a parameter must be a name, this is an integer\n  (lambda (x 1) x)\n          ^~~~~\n"},
      {"(cond 1)", "t.scm:1:7: error: a clause of cond is a list that begins with a test\n  (cond 1)\n        ^\n"},
      {"(+ 1 . 2)", "t.scm:1:1: error: a call must be a proper list\n  (+ 1 . 2)\n  ^~~~~~~~~\n"},
      {"`(1 ,@2 3)", "t.scm:1:5: error: ,@ needs a list, not an integer\n  `(1 ,@2 3)\n      ^~~\n"},
      {"(read (open-input-string \"(a\"))",
       "(string read at t.scm:1:1):1:1: error: the text ends before this '(' is closed\n  (a\n  ^\n"},
      // The way: through procedures, not through tail-recursive rounds.
      {"(define (inner x) (car x))\n(define (outer x) (list (inner x)))\n(outer 5)",
       "t.scm:1:24: error: car reaches an integer where it needs a list that is not empty\n"
       "  (define (inner x) (car x))\n                         ^\n"
       "  called from t.scm:2:25\n  called from t.scm:3:1\n"},
      {"(let loop ((i 0)) (if (< i 9) (loop (+ i 1)) (car i)))",
       "t.scm:1:51: error: car reaches an integer where it needs a list that is not empty\n"
       "  (let loop ((i 0)) (if (< i 9) (loop (+ i 1)) (car i)))\n"
       "                                                    ^\n  called from t.scm:1:1\n"},
      {"(macro (m form) `(car ,(cadr form)))\n(m 5)",
       "t.scm:1:23: error: car reaches an integer where it needs a list that is not empty\n"
       "  (macro (m form) `(car ,(cadr form)))\n                        ^~~~~~~~~~~~\n"
       "  called from t.scm:2:1\n"},
      {"(macro (m form) `(car ,(cadr form)))\n(m (+ 1 'x))",
       "t.scm:2:9: error: + needs a number as argument 2, not a symbol\n  (m (+ 1 'x))\n          ^~\n"
       "  called from t.scm:2:1\n"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(test::Scheme().Eval(each.text) == each.said);
  }
}

TEST_CASE("What TinyScheme drops in silence is evaluated with a warning") {
  const struct {
    const char* text;
    const char* said;
  } cases[] = {
      {"(define x 1 2)",
       "t.scm:1:13: warning: define ignores everything from here on\n  (define x 1 2)\n              ^\n"
       "  hint: look for a parenthesis or a string-append that is missing\n"},
      {"(let ((x 1 2)) x)",
       "t.scm:1:12: warning: a binding of let ignores everything from here on\n  (let ((x 1 2)) x)\n             ^\n"
       "  hint: look for a parenthesis or a string-append that is missing\n"},
      {"(if 1 2 3 4)",
       "t.scm:1:11: warning: if ignores everything from here on\n  (if 1 2 3 4)\n            ^\n"
       "  hint: look for a parenthesis or a string-append that is missing\n"},
      {"((lambda (x) x) 1 2)",
       "t.scm:1:19: warning: the procedure takes 1 argument and ignores everything from here on\n"
       "  ((lambda (x) x) 1 2)\n                    ^\n"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(test::Scheme().Eval(each.text) == each.said);
  }
}

TEST_CASE("No program runs, nests or grows for ever") {
  const struct {
    const char* text;
    const char* code;
  } cases[] = {
      {"(let loop () (loop))", "step-limit"},
      {"(do () (#f))", "step-limit"},
      {"(define (f) (f)) (f)", "step-limit"},
      {"(macro (m form) '(m)) (m)", "step-limit"},
      {"(define (f n) (+ 1 (f n))) (f 0)", "depth-limit"},
      {"(define (f n) (cons n (map f (list n)))) (f 0)", "depth-limit"},
      {"(define (f) (eval '(list (f)))) (f)", "depth-limit"},
      {"(define s \"x\") (let loop () (set! s (string-append s s)) (loop))", "memory-limit"},
      {"(define l '(1)) (let loop () (set! l (append l l)) (loop))", "memory-limit"},
      {"(define l '(1)) (let loop () (set! l `(,@l ,@l)) (loop))", "memory-limit"},
      {"(define l '(1)) (let loop () (set! l (list l l)) (equal? l (list l l)) (loop))", "step-limit"},
      {"(define l '(1 2 3 4)) (let loop () (set! l (map + l l)) (set! l (append l l)) (loop))", "memory-limit"},
      {"(make-string 9000000000)", "memory-limit"},
      {"(let loop ((i 0)) (string->symbol (number->string i)) (loop (+ i 1)))", "memory-limit"},
      {"(let loop ((l '())) (loop (cons 1 l)))", "memory-limit"},
      {"(let loop () (read (open-input-string \"(a b c)\")) (loop))", "memory-limit"},
      {"(define o (open-output-string)) (let loop () (display \"0123456789abcdef0123456789abcdef0123456789abcdef\" o) "
       "(display (get-output-string o) o) (loop))", "memory-limit"},
      {"(define (f) (define x 1) (define y 2) (g)) (define (g) (f)) (f)", "memory-limit"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const bool by_memory = each.code == std::string_view("memory-limit");
    test::Scheme scheme({.steps = 2'000'000, .depth = 5'000}, by_memory ? 16u << 20 : 512u << 20);
    static_cast<void>(scheme.Eval(each.text));
    CHECK(scheme.Codes() == each.code);
  }
}

TEST_CASE("Deep data is made, compared, printed and forgotten without recursion") {
  test::Scheme scheme({.steps = 20'000'000}, 256u << 20);
  CHECK(scheme.Eval("(define (deep n) (let loop ((i 0) (l '())) (if (= i n) l (loop (+ i 1) (list l)))))"
                    "(define a (deep 200000)) (define b (deep 200000)) (equal? a b)") == "#t");
  const std::string shown = scheme.Eval("a");
  CHECK(shown.size() == 4096 + 3);
  CHECK(shown.starts_with("(((((("));
}

TEST_CASE("A huge template is copied within its budget") {
  std::string text = "`(";
  for (int i = 0; i < 200'000; ++i) text += "(a ,x) ";
  test::Scheme scheme({.steps = 20'000'000}, 256u << 20);
  CHECK(scheme.Eval("(define x 1) (length " + text + "))") == "200000");
  test::Scheme small({.steps = 100'000}, 256u << 20);
  static_cast<void>(small.Eval("(define x 1) (length " + text + "))"));
  CHECK(small.Codes() == "step-limit");
}

TEST_CASE("After a limit the machine does nothing more") {
  test::Scheme scheme({.steps = 1'000});
  CHECK(scheme.Eval("(let loop () (loop))").find("takes more than 1000 steps") != std::string::npos);
  CHECK(scheme.Eval("(define x 1)") == "nothing");
}
