// The forms of the profile language and the rules that they make.
#include <doctest/doctest.h>

#include "tests/support/loading.h"

using namespace sbtune;

namespace {

struct Case {
  std::string text;
  std::string rules;
};

void Check(std::initializer_list<Case> cases, const sbpl::LoadOptions& options = {}) {
  for (const Case& each : cases) {
    CAPTURE(each.text);
    CHECK(test::RulesOf(test::Load("(version 1)" + each.text, options)) == each.rules);
  }
}

}  // namespace

TEST_CASE("Actions take operations, filters and modifiers in any order") {
  Check({{"(deny default)", "(deny default)\n"},
         {"(allow file-read* file-write*)", "(allow file-read* file-write*)\n"},
         {"(allow (literal \"/a\") file-read* (with report) (subpath \"/b\") file-ioctl)",
          "(allow file-read* file-ioctl (path \"/a\") (subpath \"/b\") (with report))\n"},
         {"(allow process-exec)", "(allow process-exec*)\n"},      // an alias
         {"(allow mach-per-user-lookup)", ""},                     // accepted and dropped
         {"(allow mach-per-user-lookup file-read*)", "(allow file-read*)\n"},
         {"(deny file-read* (with no-log))", "(deny file-read* (with no-report))\n"}});
}

TEST_CASE("Filters are named canonically and keep all their arguments") {
  Check({{"(allow file-read* (literal \"/a\"))", "(allow file-read* (path \"/a\"))\n"},
         {"(allow file-read* (path-literal \"/a\" \"/b\"))", "(allow file-read* (path \"/a\" \"/b\"))\n"},
         {"(allow file-read* (prefix \"/a\"))", "(allow file-read* (path-prefix \"/a\"))\n"},
         {"(allow file-read* (regex #\"^/a\\.b$\" \"c\"))", "(allow file-read* (path-regex \"^/a\\\\.b$\" \"c\"))\n"},
         {"(allow file-read* (mount-relative-regex \"^/a\"))", "(allow file-read* (mount-relative-path-regex \"^/a\"))\n"},
         {"(allow mach-lookup (global-name \"a\" \"b\"))", "(allow mach-lookup (global-name \"a\" \"b\"))\n"},
         {"(allow mach-lookup (global-name-regex #\"^a\"))", "(allow mach-lookup (global-name-regex \"^a\"))\n"},
         {"(allow iokit-open (iokit-user-client-class \"C\"))",
          "(allow iokit-open* (iokit-registry-entry-class \"C\"))\n"},
         {"(allow file-read* (vnode-type REGULAR-FILE DIRECTORY))",
          "(allow file-read* (vnode-type REGULAR-FILE DIRECTORY))\n"},
         {"(allow file-read* (vnode-type 1))", "(allow file-read* (vnode-type REGULAR-FILE))\n"},
         {"(allow file-read* (file-mode #o0004))", "(allow file-read* (file-mode 4))\n"},
         {"(allow signal (target self))", "(allow signal (target self))\n"},
         {"(allow file-read* (extension))",
          "(allow file-read* (extension \"com.apple.app-sandbox.read-write\"))\n"},
         {"(allow file-read* (extension \"a\"))", "(allow file-read* (extension \"a\"))\n"},
         {"(allow file-read* (debug-mode))", "(allow file-read* (system-attribute sandbox-debug-mode))\n"},
         {"(allow file-ioctl (tty))", "(allow file-ioctl (vnode-type TTY))\n"},
         {"(allow process-exec (executable-bundle))",
          "(allow process-exec* (extension \"com.apple.sandbox.executable\"))\n"},
         {"(allow system-fsctl (fsctl-command (_IO \"h\" 47)))",
          "(allow system-fsctl (fsctl-command HFSIOC_SET_HOTFILE_STATE))\n"},
         {"(allow system-socket (socket-domain AF_UNIX))", "(allow system-socket (socket-domain AF_UNIX))\n"},
         {"(allow file-read* (require-all (subpath \"/a\") (require-not (literal \"/a/b\"))))",
          "(allow file-read* (require-all (subpath \"/a\") (require-not (path \"/a/b\"))))\n"},
         {"(allow file-read* (require-any (literal \"/a\")))", "(allow file-read* (require-any (path \"/a\")))\n"}});
}

TEST_CASE("Network filters take a protocol and addresses, or a unix socket") {
  Check({{"(allow network-outbound (remote ip))", "(allow network-outbound (remote ip))\n"},
         {"(allow network-outbound (remote tcp \"*:80\" \"localhost:*\"))",
          "(allow network-outbound (remote tcp \"*:80\" \"localhost:*\"))\n"},
         {"(allow network-bind (from udp4 \"*:53\"))", "(allow network-bind (local udp4 \"*:53\"))\n"},
         {"(allow network-outbound (to tcp6))", "(allow network-outbound (remote tcp6))\n"},
         {"(allow network-outbound (remote unix-socket (path-literal \"/s\")))",
          "(allow network-outbound (path \"/s\"))\n"},
         {"(allow network-outbound (remote unix-socket (path-regex #\"^/s\")))",
          "(allow network-outbound (path-regex \"^/s\"))\n"},
         {"(allow network-outbound (remote unix \"^/s\"))", "(allow network-outbound (path-regex \"^/s\"))\n"},
         {"(allow network-outbound (remote unix))", "(allow network-outbound (subpath \"/\"))\n"}});
}

TEST_CASE("path-ancestors names every folder above, the root included") {
  Check({{"(allow file-read-metadata (path-ancestors \"/a/b/c\"))",
          "(allow file-read-metadata (require-any (require-any (path \"/\") (path \"/a\") (path \"/a/b\"))))\n"},
         {"(allow file-read-metadata (path-ancestors \"/a/b/\" \"/c\"))",
          "(allow file-read-metadata (require-any (require-any (path \"/\") (path \"/a\")) "
          "(require-any (path \"/\"))))\n"}});
}

TEST_CASE("Modifiers carry their arguments") {
  Check({{"(deny file-read* (with send-signal SIGKILL))", "(deny file-read* (with send-signal SIGKILL))\n"},
         {"(deny file-read* (with termination))", "(deny file-read* (with send-signal SIGKILL))\n"},
         {"(deny file-read* (with errno ENOENT))", "(deny file-read* (with errno ENOENT))\n"},
         {"(deny file-read* (with message \"m\"))", "(deny file-read* (with message \"m\"))\n"},
         {"(deny file-read* (with (message \"m\")))", "(deny file-read* (with message \"m\"))\n"},
         {"(allow process-exec (with no-profile) (with report))",
          "(allow process-exec* (with no-sandbox) (with report))\n"},
         {"(allow file-read* (with partial-symbolication))", "(allow file-read*)\n"},  // dropped from the rule
         {"(define quiet (with no-report)) (deny file-read* quiet)", "(deny file-read* (with no-report))\n"}});
}

TEST_CASE("Surrounding forms add to every rule inside, however it is made") {
  Check({{"(with-filter (extension \"e\") (allow file-read*) (deny file-write* (subpath \"/a\") (literal \"/b\")))",
          "(allow file-read* (extension \"e\"))\n"
          "(deny file-write* (require-all (require-any (subpath \"/a\") (path \"/b\")) (extension \"e\")))\n"},
         {"(define (f) (allow file-read*)) (with-filter (extension \"e\") (f)) (f)",
          "(allow file-read* (extension \"e\"))\n(allow file-read*)\n"},
         {"(with-filter (extension \"a\") (with-filter (extension \"b\") (allow file-read*)))",
          "(allow file-read* (require-all (require-any (extension \"b\")) (extension \"a\")))\n"},
         {"(with-modifier (with report) (allow file-read*))", "(allow file-read* (with report))\n"},
         {"(with-modifier report (allow file-read*))", "(allow file-read* (with report))\n"},
         {"(with-operations (list file-read* file-write*) (allow (subpath \"/a\")))",
          "(allow file-read* file-write* (subpath \"/a\"))\n"},
         {"(with-filter (extension \"e\"))", ""}});
}

TEST_CASE("Rules of a message filter belong to the rule around them") {
  Check({{"(allow iokit-open (iokit-connection \"c\")"
          " (apply-message-filter (allow iokit-external-method) (deny iokit-external-trap (with no-report))))",
          "(allow iokit-open* (iokit-connection \"c\") (apply-message-filter (allow iokit-external-method) "
          "(deny iokit-external-trap (with no-report))))\n"},
         {"(with-filter (extension \"e\") (allow mach-bootstrap (apply-message-filter (allow mach-message-send))))",
          "(allow mach-bootstrap (extension \"e\") (apply-message-filter (allow mach-message-send)))\n"}});
}

TEST_CASE("Words of the language are values like others") {
  Check({{"(define ops (list file-read* file-write*)) (for-each (lambda (op) (allow op (subpath \"/a\"))) ops)",
          "(allow file-read* (subpath \"/a\"))\n(allow file-write* (subpath \"/a\"))\n"},
         {"(define f (subpath \"/a\")) (allow file-read* f)", "(allow file-read* (subpath \"/a\"))\n"},
         {"(apply allow (list file-read* (literal \"/a\")))", "(allow file-read* (path \"/a\"))\n"},
         {"(allow file-read* (apply literal (map (lambda (n) (string-append \"/\" n)) '(\"a\" \"b\"))))",
          "(allow file-read* (path \"/a\" \"/b\"))\n"},
         {"(define orig literal) (define (literal p) (orig (string-append \"/x\" p))) (allow file-read* (literal \"/a\"))",
          "(allow file-read* (path \"/x/a\"))\n"},
         {"(define orig allow) (set! allow (lambda args (apply orig (append args (list (with report))))))"
          "(allow file-read*)",
          "(allow file-read* (with report))\n"},
         {"(define (both act) (act file-read*) (act file-write*)) (both deny)",
          "(deny file-read*)\n(deny file-write*)\n"},
         {"(if (sbpl-filter? (subpath \"/a\")) (allow file-read*))", "(allow file-read*)\n"},
         {"(if (sbpl-operation? file-read*) (allow file-read*))", "(allow file-read*)\n"},
         {"(if (sbpl-modifier? (with report)) (allow file-read*))", "(allow file-read*)\n"},
         {"(if (sbpl-filter? \"a\") (allow file-read*))", ""},
         {"(if (sbpl-operation-eqv? process-exec process-exec*) (allow file-read*))", "(allow file-read*)\n"},
         {"(for-each (lambda (op) (if (sbpl-operation-eqv? op file-read-xattr) (allow op)))"
          " (operation-expand file-read*))",
          "(allow file-read-xattr)\n"}});
}

TEST_CASE("Code that a profile reads from strings makes rules too") {
  Check({{"(let ((port (open-input-string \"(allow file-read* (literal \\\"/a\\\"))\"))) (eval (read port)))",
          "(allow file-read* (path \"/a\"))\n"},
         {"(macro (both form) `(begin (allow file-read* ,@(cdr form)) (allow file-write* ,@(cdr form))))"
          "(both (subpath \"/a\"))",
          "(allow file-read* (subpath \"/a\"))\n(allow file-write* (subpath \"/a\"))\n"}});
}

TEST_CASE("Forms without effect on the rules are accepted") {
  Check({{"(debug deny) (trace \"/tmp/x\") (record \"y\") (eliminate-duplicate-rules) (disable-callouts)"
          "(disable-full-symbolication) (version 1)",
          ""},
         {"(define-storage-class \"s\" (subpath \"/a\"))",
          "(allow storage-class-map (subpath \"/a\") (with assign-storage-class \"s\"))\n"}});
}

TEST_CASE("defined? answers from the tables of the chosen system") {
  Check({{"(if (defined? 'file-read*) (allow file-read*))", "(allow file-read*)\n"},
         {"(if (defined? 'no-such-thing) (allow file-read*))", ""},
         {"(if (defined? `vnode-type) (allow file-read*))", "(allow file-read*)\n"},
         {"(define (f x) (if (defined? 'x) (allow file-read*))) (f 1)", "(allow file-read*)\n"},
         {"(unless (defined? '*entitlements*) (define *entitlements* '())) (if (null? *entitlements*) (allow file-read*))",
          "(allow file-read*)\n"}});
  sbpl::LoadOptions old;
  old.macos = "10.13";
  Check({{"(if (defined? 'file-clone) (allow file-clone))", ""}}, old);
}

TEST_CASE("Quoting makes a text safe in a pattern") {
  Check({{R"((allow file-read* (regex (string-append "^" (regex-quote "/a.b+(c)[d]$|*?{\\")))))",
          R"((allow file-read* (path-regex "^/a\\.b\\+\\(c\\)\\[d]\\$\\|\\*\\?\\{\\\\")))"
          "\n"}});
}

TEST_CASE("What a profile finalizes is evaluated last") {
  Check({{"(set! %finalize (lambda () (allow file-write*))) (allow file-read*)",
          "(allow file-read*)\n(allow file-write*)\n"}});
}

TEST_CASE("Parameters are what the caller gave, or false") {
  sbpl::LoadOptions options;
  options.parameters = {{"HOME", "/Users/me"}, {"EMPTY", ""}};
  Check({{"(allow file-read* (subpath (string-append (param \"HOME\") \"/Library\")))",
          "(allow file-read* (subpath \"/Users/me/Library\"))\n"},
         {"(allow file-read* (subpath (getenv \"HOME\")))", "(allow file-read* (subpath \"/Users/me\"))\n"},
         {"(if (param \"NETWORK\") (allow network*))", ""},
         {"(when (param \"EMPTY\") (allow network*))", "(allow network*)\n"},
         {"(allow file-read* (subpath (cdr (assoc \"HOME\" *params*))))", "(allow file-read* (subpath \"/Users/me\"))\n"}},
        options);
}

TEST_CASE("A profile remembers what it asked for and what it calls its filters") {
  sbpl::LoadOptions options;
  options.parameters = {{"HOME", "/Users/me"}};
  const sbpl::LoadResult result = test::Load(
      "(version 1)\n(define (home-subpath p) (subpath (string-append (param \"HOME\") p)))\n"
      "(define (home-lib p) (regex (string-append \"^\" (regex-quote (param \"HOME\")) p \"$\")))\n"
      "(define (reads p) (allow file-read* (literal p)))\n(define (fails p) (car p))\n(define (two a b) (literal a))\n"
      "(allow file-read* (home-subpath \"/x\"))\n(if (param \"NET\") (allow network*))\n",
      options);
  REQUIRE(test::Said(result) == "");
  CHECK(result.profile.rules.size() == 1);  // trying the helpers leaves nothing behind
  CHECK(result.profile.parameters_used == std::vector<std::string>{"HOME", "NET"});
  REQUIRE(result.profile.parameter_uses.size() == 2);
  CHECK(result.profile.parameter_uses[0].given);
  CHECK(!result.profile.parameter_uses[0].tested);
  CHECK(!result.profile.parameter_uses[1].given);
  CHECK(result.profile.parameter_uses[1].tested);
  REQUIRE(result.profile.helpers.size() == 2);
  CHECK(result.profile.helpers[0].name == "home-lib");
  CHECK(result.profile.helpers[0].filter == "path-regex");
  CHECK(result.profile.helpers[0].prefix == "^/Users/me");
  CHECK(result.profile.helpers[0].suffix == "$");
  CHECK(result.profile.helpers[1].name == "home-subpath");
  CHECK(result.profile.helpers[1].filter == "subpath");
  CHECK(result.profile.sources.Where(result.profile.helpers[1].range) == "a.sb:2:1");
  CHECK(result.profile.top_level_forms.size() == 8);
  CHECK(result.profile.version == 1);
}

TEST_CASE("Entitlements are an association list") {
  sbpl::LoadOptions options;
  options.entitlements_json = R"({"app.sandbox": true, "files": ["/a", "/b"], "name": "x", "deep": {"k": 1}})";
  Check({{"(if (entitlement \"app.sandbox\") (allow file-read*))", "(allow file-read*)\n"},
         {"(if (entitlement \"none\") (allow file-read*))", ""},
         {"(for-each (lambda (p) (allow file-read* (literal p))) (entitlement \"files\"))",
          "(allow file-read* (path \"/a\"))\n(allow file-read* (path \"/b\"))\n"},
         {"(allow mach-lookup (global-name (cdr (assoc \"name\" *entitlements*))))",
          "(allow mach-lookup (global-name \"x\"))\n"},
         {"(if (= 1 (cdr (assoc \"k\" (entitlement \"deep\")))) (allow file-read*))", "(allow file-read*)\n"}},
        options);
  options.entitlements_json = "[1]";
  CHECK(test::Said(test::Load("(version 1)", options)) ==
        "error: the entitlements are not a JSON object\n"
        "  hint: an object of names and values, as codesign -d --entitlements prints them\n");
  options.entitlements_json = "{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}";
  CHECK(test::Said(test::Load("(version 1)", options)).starts_with("error: the entitlements are nested more than 32 deep"));
}

TEST_CASE("Tests of entitlements stay filters") {
  Check({{"(allow mach-lookup (require-entitlement \"e\"))", "(allow mach-lookup (require-entitlement \"e\"))\n"},
         {"(allow mach-lookup (require-entitlement \"e\" (entitlement-value \"v\")))",
          "(allow mach-lookup (require-entitlement \"e\" (entitlement-value \"v\")))\n"},
         {"(allow mach-lookup (require-entitlement \"e\" (entitlement-value #t)))",
          "(allow mach-lookup (require-entitlement \"e\" (entitlement-value #t)))\n"},
         {"(allow mach-lookup (entitlement-is-present \"e\"))", "(allow mach-lookup (entitlement-is-present \"e\"))\n"}});
}
