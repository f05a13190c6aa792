#include "sql/store/decisions.h"

#include <doctest/doctest.h>

#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::store;

TEST_CASE("decisions are kept with their reason, replaced by a newer answer, and revoked once") {
  test::StoreFixture fixture;
  DecisionBook book(fixture.store());
  const std::vector<StoredDecision> made = {{0, "/p.sb", "file-read-data", "/x\xff", Answer::kDeny, "no", 0},
                                            {0, "/p.sb", "process-fork", std::nullopt, Answer::kIgnore, "", 0},
                                            {0, "/q.sb", "file-read-data", "/x\xff", Answer::kAllow, "yes", 0,
                                             "allow file-read-data (subpath \"/\xff\")"}};
  REQUIRE(book.Keep(made, 5));
  const StoredDecision changed{0, "/p.sb", "process-fork", std::nullopt, Answer::kDeny, "after all", 0};
  REQUIRE(book.Keep({&changed, 1}, 6));
  fixture.Reopen();
  DecisionBook again(fixture.store());
  CHECK(again.List().value() ==
        std::vector<StoredDecision>{{1, "/p.sb", "file-read-data", "/x\xff", Answer::kDeny, "no", 5},
                                    {3, "/q.sb", "file-read-data", "/x\xff", Answer::kAllow, "yes", 5,
                                     "allow file-read-data (subpath \"/\xff\")"},
                                    {4, "/p.sb", "process-fork", std::nullopt, Answer::kDeny, "after all", 6}});
  CHECK(again.Revoke(1, 7) == true);
  CHECK(again.Revoke(1, 8) == false);
  CHECK(again.Revoke(2, 8) == false);
  CHECK(again.List().value().size() == 2);
}

TEST_CASE("answers have names") {
  for (const Answer answer : {Answer::kAllow, Answer::kDeny, Answer::kIgnore}) CHECK(ParseAnswer(Name(answer)) == answer);
  CHECK(ParseAnswer("maybe") == std::nullopt);
}
