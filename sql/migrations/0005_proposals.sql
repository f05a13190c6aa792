-- What the daemon proposes for the profiles that its configuration names, and what became of it.
CREATE TABLE proposals (         -- the current one of each profile
  id        INTEGER PRIMARY KEY AUTOINCREMENT,  -- another proposal is another number, so that none is mistaken for another
  profile   TEXT NOT NULL UNIQUE,  -- its first file, absolute
  made_ns   INTEGER NOT NULL,
  problem   TEXT NOT NULL,         -- why there is none, as a sentence; empty: there is no problem
  digest    TEXT NOT NULL,         -- empty: nothing is to be added
  text      BLOB NOT NULL,         -- as `sbtune suggest --save` writes it
  additions INTEGER NOT NULL,
  covered   INTEGER NOT NULL,      -- denials
  remaining INTEGER NOT NULL       -- denials that stay denied
) STRICT;

CREATE TABLE proposal_history (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  proposal INTEGER NOT NULL,
  profile  TEXT NOT NULL,
  outcome  TEXT NOT NULL CHECK (outcome IN ('begun', 'applied', 'failed', 'dismissed')),
  who      TEXT NOT NULL,          -- user, auto_apply
  at_ns    INTEGER NOT NULL,
  digest   TEXT NOT NULL,
  note     TEXT NOT NULL           -- the backup's name, or what went wrong
) STRICT;

CREATE TABLE proposal_rules (      -- that an entry of the history added
  entry INTEGER NOT NULL REFERENCES proposal_history (id),
  rule  BLOB NOT NULL
) STRICT;
CREATE INDEX proposal_rules_by_entry ON proposal_rules (entry);

CREATE TABLE proposal_accesses (   -- the denials that it was about
  entry     INTEGER NOT NULL REFERENCES proposal_history (id),
  operation BLOB NOT NULL,
  target    BLOB                   -- NULL: the log gave none
) STRICT;
CREATE INDEX proposal_accesses_by_entry ON proposal_accesses (entry);
