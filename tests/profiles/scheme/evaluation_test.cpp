// The language itself: expressions and what they evaluate to.
#include <doctest/doctest.h>

#include "tests/support/scheme_fixture.h"

using namespace sbtune;

namespace {

struct Case {
  const char* text;
  const char* value;
};

void Check(std::initializer_list<Case> cases) {
  for (const Case& each : cases) {
    CAPTURE(each.text);
    CHECK(test::Scheme().Eval(each.text) == each.value);
  }
}

}  // namespace

TEST_CASE("Constants stand for themselves and names for their values") {
  Check({{"42", "42"},
         {"\"s\"", "\"s\""},
         {"#\\a", "#\\a"},
         {"#t", "#t"},
         {"()", "()"},
         {"#(1 2)", "#(1 2)"},
         {"'(a . b)", "(a . b)"},
         {"(define x 3) x", "3"},
         {"(define x) x", "()"},
         {"(define x 1)", "x"},
         {"(define x 1) (set! x 2)", "2"}});
}

TEST_CASE("Conditionals evaluate only the branch that they choose") {
  Check({{"(if #t 1 (error \"no\"))", "1"},
         {"(if #f (error \"no\"))", "()"},
         {"(if '() 1 2)", "1"},  // only #f is false
         {"(if 0 1 2)", "1"},
         {"(cond (#f 1) ((= 1 1) 2 3) (else 4))", "3"},
         {"(cond (#f 1))", "()"},
         {"(cond (5))", "5"},
         {"(cond ((assv 2 '((1 a) (2 b))) => cadr) (else 0))", "b"},
         {"(cond (else 1))", "1"},
         {"(case 3 ((1 2) 'low) ((3 4) 'mid) (else 'high))", "mid"},
         {"(case 9 ((1) 1) (else 'high))", "high"},
         {"(case 9 ((1) 1))", "()"},
         {"(case #\\a ((#\\a) 'yes))", "yes"},
         {"(and)", "#t"},
         {"(and 1 2)", "2"},
         {"(and 1 #f (error \"no\"))", "#f"},
         {"(or)", "#f"},
         {"(or #f 2 (error \"no\"))", "2"},
         {"(or #f #f)", "#f"},
         {"(when #t 1 2)", "2"},
         {"(when #f 1)", "()"},
         {"(unless #f 1 2)", "2"},
         {"(unless #t 1)", "()"},
         {"(begin)", "()"},
         {"(begin 1 2 3)", "3"}});
}

TEST_CASE("Procedures close over the scope that they were made in") {
  Check({{"((lambda (x y) (+ x y)) 1 2)", "3"},
         {"((lambda x x) 1 2)", "(1 2)"},
         {"((lambda (a . rest) (list a rest)) 1 2 3)", "(1 (2 3))"},
         {"((lambda (a . rest) rest) 1)", "()"},
         {"(define (f x) (define y 2) (* x y)) (f 4)", "8"},
         {"(define (f . args) args) (f)", "()"},
         {"(define (adder n) (lambda (x) (+ x n))) ((adder 3) 4)", "7"},
         {"(define x 1) (define (f) x) (define (g) (let ((x 2)) (f))) (g)", "1"},
         {"(define n 0) (define (up) (set! n (+ n 1)) n) (up) (up)", "2"},
         {"(define (f) 1) (define (f) 2) (f)", "2"},
         {"(define list (lambda args 'mine)) (list 1)", "mine"},
         {"(let ((if (lambda (a b c) 'hidden))) (if 1 2 3))", "hidden"},
         {"(define (even2? n) (if (= n 0) #t (odd2? (- n 1))))"
          "(define (odd2? n) (if (= n 0) #f (even2? (- n 1)))) (even2? 1001)",
          "#f"}});
}

TEST_CASE("Local scopes bind as TinyScheme binds them") {
  Check({{"(let ((x 1) (y 2)) (+ x y))", "3"},
         {"(define x 1) (let ((x 2) (y x)) y)", "1"},
         {"(let () 5)", "5"},
         {"(let ((x)) x)", "()"},
         {"(let ((x 1)) (define y 2) (+ x y))", "3"},
         {"(let loop ((i 0) (l '())) (if (= i 3) l (loop (+ i 1) (cons i l))))", "(2 1 0)"},
         {"(let* ((x 1) (y (+ x 1)) (z (* y 2))) z)", "4"},
         {"(let* () 1)", "1"},
         // All but the first value of let* are computed in one scope, where procedures see themselves.
         {"(let* ((a 0) (down (lambda (n) (if (= n 0) 'done (down (- n 1)))))) (down 3))", "done"},
         {"(letrec ((f (lambda (n) (if (= n 0) 1 (* n (f (- n 1))))))) (f 5))", "120"},
         {"(letrec ((a (lambda () (b))) (b (lambda () 7))) (a))", "7"},
         {"(do ((i 0 (+ i 1)) (s 0 (+ s i))) ((= i 4) s))", "6"},
         {"(do ((i 0 (+ i 1)) (keep 9)) ((= i 2) keep))", "9"},
         {"(do ((i 0 (+ i 1))) ((= i 2)))", "()"},
         {"(define l '()) (do ((i 0 (+ i 1))) ((= i 3) l) (set! l (cons i l)))", "(2 1 0)"}});
}

TEST_CASE("Calls in tail position need no stack") {
  test::Scheme scheme({.depth = 100});
  CHECK(scheme.Eval("(define (count n) (if (= n 0) 'done (count (- n 1)))) (count 10000)") == "done");
  CHECK(scheme.Eval("(define (a n) (cond ((= n 0) 'done) (else (b (- n 1)))))"
                    "(define (b n) (let* ((m n)) (when #t (and #t (or #f (begin (a m)))))))"
                    "(a 3000)") == "done");
  CHECK(scheme.Eval("(define (f n) (if (> n 0) (apply f (list (- n 1))) 'done)) (f 1000)") == "done");
  CHECK(scheme.Eval("(do ((i 0 (+ i 1))) ((= i 5000) 'done))") == "done");
  CHECK(scheme.Eval("(define (g n) (case n ((0) 'done) (else (g (- n 1))))) (g 1000)") == "done");
}

TEST_CASE("Quasiquote builds lists from a template") {
  Check({{"`x", "x"},
         {"`(1 2)", "(1 2)"},
         {"(define x 5) `(a ,x)", "(a 5)"},
         {"`(1 ,@(list 2 3) 4)", "(1 2 3 4)"},
         {"`(,@(list 1 2))", "(1 2)"},
         {"`(,@'() . tail)", "tail"},
         {"`(1 . ,(+ 1 1))", "(1 . 2)"},
         {"`(1 ,@'(2) . 3)", "(1 2 . 3)"},
         {"`(1 ,@5)", "(1 . 5)"},
         {"`((a ,(+ 1 2)) (b (c ,@(map + '(1 2) '(3 4)))))", "((a 3) (b (c 4 6)))"},
         {"`,(+ 1 2)", "3"},
         {"`(a `(b ,(c ,(+ 1 2))))", "(a (quasiquote (b (unquote (c 3)))))"},
         {"`(a `(b ,(c d)))", "(a (quasiquote (b (unquote (c d)))))"},
         {"`(a `(b ,,(+ 1 2)))", "(a (quasiquote (b (unquote 3))))"},
         {"`(1 `,(+ 1 ,(+ 2 3)))", "(1 (quasiquote (unquote (+ 1 5))))"}});
}

TEST_CASE("Macros get the form and are expanded where they stand") {
  Check({{"(macro (swap form) `(list ,(caddr form) ,(cadr form))) (swap 1 2)", "(2 1)"},
         {"(macro twice (lambda (form) `(begin ,(cadr form) ,(cadr form)))) (define n 0)"
          "(twice (set! n (+ n 1))) n",
          "2"},
         // Not hygienic: the expansion sees the names around the call.
         {"(macro (get form) 'hidden) (let ((hidden 3)) (get))", "3"},
         {"(macro (name form) `(quote ,(car form))) (name 1)", "name"},
         {"(define-macro (add a . more) `(+ ,a ,@more)) (add 1 2 3)", "6"},
         {"(let () (macro (m form) 5) (m))", "5"},
         {"(define (f) (m)) (macro (m form) ''late) (f)", "late"}});
}

TEST_CASE("Procedures over lists") {
  Check({{"(cons 1 2)", "(1 . 2)"},
         {"(list 1 2 3)", "(1 2 3)"},
         {"(car '(1 2))", "1"},
         {"(cddr '(1 2 3))", "(3)"},
         {"(cadar '((1 2)))", "2"},
         {"(cdddar '((1 2 3 4)))", "(4)"},
         {"(length '(1 2 3))", "3"},
         {"(append)", "()"},
         {"(append '(1) '(2 3) '() 4)", "(1 2 3 . 4)"},
         {"(append '(1) '(2))", "(1 2)"},
         {"(reverse '(1 2 3))", "(3 2 1)"},
         {"(list-tail '(1 2 3) 1)", "(2 3)"},
         {"(list-ref '(1 2 3) 2)", "3"},
         {"(take '(1 2 3) 2)", "(1 2)"},
         {"(drop '(1 2 3) 2)", "(3)"},
         {"(last-pair '(1 2 3))", "(3)"},
         {"(acons 1 2 '())", "((1 . 2))"},
         {"(memq 'c '(a b c d))", "(c d)"},
         {"(memq 'x '(a))", "#f"},
         {"(member \"b\" '(\"a\" \"b\"))", "(\"b\")"},
         {"(memq \"b\" '(\"a\" \"b\"))", "#f"},
         {"(memv 2 '(1 2))", "(2)"},
         {"(assoc \"k\" '((\"k\" . 1)))", "(\"k\" . 1)"},
         {"(assq 'b '((a 1) (b 2)))", "(b 2)"},
         {"(assv 7 '())", "#f"},
         {"(list? '(1 2))", "#t"},
         {"(list? '(1 . 2))", "#f"},
         {"(list* 1 2 '(3))", "(1 2 3)"},
         {"(map + '(1 2 3) '(10 20 30))", "(11 22 33)"},
         {"(map + '(1 2 3) '(10))", "(11)"},
         {"(map (lambda (x) (* x x)) '())", "()"},
         {"(define n 0) (for-each (lambda (x) (set! n (+ n x))) '(1 2 3)) n", "6"},
         {"(for-each car '())", "#t"},
         {"(filter odd? '(1 2 3 4 5))", "(1 3 5)"},
         {"(partition odd? '(1 2 3))", "((1 3) (2))"},
         {"(foldr - 10 '(1 2))", "7"},  // as in TinyScheme it folds from the left
         {"(apply + 1 2 '(3 4))", "10"},
         {"(apply list '())", "()"},
         {"(apply car '((1 2)))", "1"}});
}

TEST_CASE("Arithmetic") {
  Check({{"(+)", "0"},
         {"(+ 1 2 3)", "6"},
         {"(- 5)", "-5"},
         {"(- 5 1 1)", "3"},
         {"(* 2 3)", "6"},
         {"(/ 6 3)", "2"},
         {"(/ 1 2)", "0.5"},
         {"(+ 9223372036854775807 1)", "9223372036854775808.0"},
         {"(- -9223372036854775808 1)", "-9223372036854775808.0"},
         {"(* 4611686018427387904 4)", "18446744073709551616.0"},
         {"(quotient 7 2)", "3"},
         {"(quotient -9223372036854775808 -1)", "9223372036854775808.0"},
         {"(remainder -7 2)", "-1"},
         {"(modulo -7 2)", "1"},
         {"(modulo 7 -2)", "-1"},
         {"(modulo 7 -1)", "0"},
         {"(= 1 1 1)", "#t"},
         {"(= 1 1.0)", "#t"},
         {"(< 1 2 3)", "#t"},
         {"(< 1 3 2)", "#f"},
         {"(>= 3 3 2)", "#t"},
         {"(<> 1 2)", "#t"},
         {"(zero? 0)", "#t"},
         {"(positive? -1)", "#f"},
         {"(negative? -1)", "#t"},
         {"(odd? 3)", "#t"},
         {"(even? 3)", "#f"},
         {"(max 1 3 2)", "3"},
         {"(min 1 3 2)", "1"},
         {"(abs -3)", "3"},
         {"(succ 1)", "2"},
         {"(pred 1)", "0"},
         {"(floor 1.5)", "1.0"},
         {"(round 2.5)", "2.0"},
         {"(inexact->exact 2.0)", "2"},
         {"(exact->inexact 2)", "2.0"},
         {"(number->string 255 16)", "\"ff\""},
         {"(string->number \"12\")", "12"},
         {"(string->number \"ff\" 16)", "255"},
         {"(bitwise-or 1 4)", "5"},
         {"(bitwise-and 6 3)", "2"},
         {"(bitwise-xor 6 3)", "5"}});
}

TEST_CASE("Strings, symbols and characters") {
  Check({{"(string-append \"a\" \"b\" \"c\")", "\"abc\""},
         {"(string-append)", "\"\""},
         {"(string-length \"abc\")", "3"},
         {"(string-ref \"abc\" 1)", "#\\b"},
         {"(substring \"abcdef\" 2 4)", "\"cd\""},
         {"(substring \"abcdef\" 2)", "\"cdef\""},
         {"(make-string 3 #\\x)", "\"xxx\""},
         {"(string #\\a #\\b)", "\"ab\""},
         {"(string->list \"ab\")", "(#\\a #\\b)"},
         {"(list->string '(#\\a #\\b))", "\"ab\""},
         {"(string=? \"a\" \"a\")", "#t"},
         {"(string<? \"a\" \"b\" \"c\")", "#t"},
         {"(string-ci=? \"A\" \"a\")", "#t"},
         {"(string->symbol \"a b\")", "a b"},
         {"(symbol->string 'abc)", "\"abc\""},
         {"(split-string \"a:b::c\" \":\")", "(\"a\" \"b\" \"\" \"c\")"},
         {"(split-string \"\" \":\")", "(\"\")"},
         {"(char=? #\\a #\\a)", "#t"},
         {"(char<? #\\a #\\b)", "#t"},
         {"(char->integer #\\A)", "65"},
         {"(integer->char 66)", "#\\B"},
         {"(char-upcase #\\a)", "#\\A"},
         {"(char-numeric? #\\1)", "#t"},
         {"(char-alphabetic? #\\1)", "#f"},
         {"(char-whitespace? #\\space)", "#t"}});
}

TEST_CASE("Kinds of values and sameness") {
  Check({{"(null? '())", "#t"},
         {"(pair? '())", "#f"},
         {"(atom? 1)", "#t"},
         {"(symbol? 'a)", "#t"},
         {"(string? \"\")", "#t"},
         {"(boolean? #f)", "#t"},
         {"(number? 1.5)", "#t"},
         {"(integer? 1.5)", "#f"},
         {"(procedure? car)", "#t"},
         {"(procedure? (lambda () 1))", "#t"},
         {"(procedure? 'car)", "#f"},
         {"(vector? #(1))", "#t"},
         {"(not '())", "#f"},
         {"(eq? 'a 'a)", "#t"},
         {"(eq? \"a\" \"a\")", "#f"},
         {"(eqv? 1 1)", "#t"},
         {"(eqv? 1 1.0)", "#f"},
         {"(equal? '(1 (2 #(3 \"x\"))) '(1 (2 #(3 \"x\"))))", "#t"},
         {"(equal? '(1 2) '(1 2 3))", "#f"},
         {"(vector-ref #(1 2) 1)", "2"},
         {"(vector-length (list->vector '(1 2)))", "2"},
         {"(vector->list (vector 1 2))", "(1 2)"}});
}

TEST_CASE("Code is data: eval, ports, promises") {
  Check({{"(eval '(+ 1 2))", "3"},
         {"(eval (list 'if #t 1 2))", "1"},
         {"(define (f x) (eval 'x (current-environment))) (f 7)", "7"},
         {"(read (open-input-string \"(a b) c\"))", "(a b)"},
         {"(define p (open-input-string \"(a b) c\")) (read p) (read p)", "c"},
         {"(eof-object? (read (open-input-string \" \")))", "#t"},
         {"(define o (open-output-string)) (write '(a \"b\") o) (display \"c\" o) (newline o) (write-char #\\d o) "
          "(get-output-string o)", "\"(a \\\"b\\\")c\\x0ad\""},
         {"(get-output-string (open-output-string))", "\"\""},
         {"(define o (open-output-string)) (do ((i 0 (+ i 1))) ((= i 100)) (display i o)) "
          "(string-length (get-output-string o))", "190"},
         {"(define p (open-input-string \"xy\")) (peek-char p) (read-char p) (read-char p)", "#\\y"},
         {"(force (delay (+ 1 2)))", "3"},
         {"(define n 0) (define p (delay (begin (set! n (+ n 1)) n))) (force p) (force p)", "1"},
         {"(force 5)", "5"},
         {"(symbol? (gensym))", "#t"},
         {"(eq? (gensym) (gensym))", "#f"}});
}
