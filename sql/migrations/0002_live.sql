-- For the live log: how far it was read, where something may be missing, and the newest records one by one.
-- Replaces the first schema's tables of the same purpose, which nothing had used.
DROP TABLE cursors;
DROP TABLE gaps;

CREATE TABLE cursors (         -- everything before is stored, or lies in a gap
  source     TEXT PRIMARY KEY,
  time_ns    INTEGER NOT NULL,
  proof      TEXT NOT NULL,    -- the marker that came back; empty: none
  updated_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  source  TEXT NOT NULL,
  from_ns INTEGER NOT NULL,
  to_ns   INTEGER NOT NULL,
  reason  TEXT NOT NULL,       -- daemon/live/event.h names them
  repair  TEXT NOT NULL,
  lost    INTEGER NOT NULL     -- lines, as far as known; 0: unknown
) STRICT;
CREATE INDEX gaps_by_repair ON gaps (repair, source);

CREATE TABLE recent (          -- what `watch --since` shows before the live records; the newest few thousand only
  last_seq  INTEGER PRIMARY KEY,
  first_seq INTEGER NOT NULL,
  high_ns   INTEGER NOT NULL,  -- the newest time in it
  data      BLOB NOT NULL      -- JSON lines, as the control socket sends them
) STRICT;
