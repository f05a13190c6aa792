-- What may be forgotten, and what has been.
CREATE TABLE holds (           -- evidence that stays however old it gets, because somebody still works with it
  holder   TEXT NOT NULL,      -- an open suggestion, for example
  group_id INTEGER NOT NULL REFERENCES groups (id),
  PRIMARY KEY (holder, group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE prunings (        -- the newest id tells writers whether the rows of groups that they remember still stand
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  pruned_ns INTEGER NOT NULL,
  before_ns INTEGER NOT NULL,  -- what the live log counted before, and nobody holds, is gone
  counts    INTEGER NOT NULL,  -- how many rows of hours and lone_reports
  groups    INTEGER NOT NULL
) STRICT;
