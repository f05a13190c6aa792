-- Keys that this connection's imports met but did not count, because other imports had brought them. Only needed
-- to count repeated lines, only while the import lasts; may spill to a temporary file.
CREATE TABLE IF NOT EXISTS temp.passed_runs (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  import_id INTEGER NOT NULL,
  lane      INTEGER NOT NULL,
  slab      INTEGER NOT NULL,
  low       INTEGER NOT NULL,
  high      INTEGER NOT NULL,
  size      INTEGER NOT NULL,
  keys      BLOB NOT NULL,
  counts    BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS temp.passed_runs_by_place ON passed_runs (lane, slab, high, low, size);
DELETE FROM temp.passed_runs;
