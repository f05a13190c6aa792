-- The first schema: evidence (what was denied, how often, when, in which run) and identities (which records were
-- already counted). Names, targets and tags are BLOBs: they are bytes from a log, not text of any encoding.
-- Times are nanoseconds since 1970 UTC. References are for the reader; they are not enforced, for speed.

CREATE TABLE names (           -- of processes and operations
  id    INTEGER PRIMARY KEY,
  bytes BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE groups (          -- one kind of denial or allow
  id              INTEGER PRIMARY KEY,
  hash            INTEGER NOT NULL,  -- of all the columns below up to `ambiguous`: finds the row
  process_id      INTEGER NOT NULL REFERENCES names (id),
  operation_id    INTEGER NOT NULL REFERENCES names (id),
  target          BLOB,              -- NULL: the log gave none
  tag             BLOB,
  action          INTEGER NOT NULL,  -- 0 allow, 1 deny
  provenance      INTEGER NOT NULL,  -- 0 kernel, 1 sandboxd, 2 untrusted, 3 text
  platform_policy INTEGER NOT NULL,  -- said by the record itself
  ambiguous       INTEGER NOT NULL
) STRICT;
CREATE INDEX groups_by_hash ON groups (hash);

CREATE TABLE runs (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  program TEXT,
  host    TEXT
) STRICT;

CREATE TABLE run_parameters (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE hours (           -- the counts
  group_id   INTEGER NOT NULL REFERENCES groups (id),
  run_id     INTEGER NOT NULL REFERENCES runs (id),
  hour       INTEGER NOT NULL,  -- since 1970 UTC; -1: the records carry no time
  count      INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  first_ns   INTEGER,
  last_ns    INTEGER,
  PRIMARY KEY (group_id, run_id, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (          -- the same counts without target and hour, so that an overview costs nothing
  run_id       INTEGER NOT NULL,
  process_id   INTEGER NOT NULL,
  operation_id INTEGER NOT NULL,
  action       INTEGER NOT NULL,
  provenance   INTEGER NOT NULL,
  ambiguous    INTEGER NOT NULL,
  count        INTEGER NOT NULL,
  duplicates   INTEGER NOT NULL,
  PRIMARY KEY (run_id, process_id, operation_id, action, provenance, ambiguous)
) STRICT, WITHOUT ROWID;

-- Twins. sandboxd reports many of the kernel's denials a second time. A report that meets no denial of the same
-- (pid, operation, target) within two seconds stands here as a denial of its own, until that denial is met.
CREATE TABLE lone_reports (
  id       INTEGER PRIMARY KEY,
  twin     INTEGER NOT NULL,   -- 32 bits over (pid, operation, target)
  time_ns  INTEGER NOT NULL,
  group_id INTEGER NOT NULL REFERENCES groups (id),
  run_id   INTEGER NOT NULL REFERENCES runs (id)
) STRICT;
CREATE INDEX lone_reports_by_time ON lone_reports (time_ns);

CREATE TABLE sightings (       -- (twin, time) of every counted denial that a report may still meet
  id      INTEGER PRIMARY KEY,
  low_ns  INTEGER NOT NULL,
  high_ns INTEGER NOT NULL,
  data    BLOB NOT NULL        -- see sightings.h
) STRICT;
CREATE INDEX sightings_by_time ON sightings (high_ns, low_ns);

-- Groups of reports that say: platform policy. Denials of the same process, operation and target are then beyond any
-- profile's reach, whatever their own records say.
CREATE TABLE reported_policies (
  group_id INTEGER PRIMARY KEY REFERENCES groups (id)
) STRICT;

CREATE VIEW evidence AS
  SELECT group_id, run_id, hour, count, duplicates, first_ns, last_ns FROM hours
  UNION ALL
  SELECT group_id, run_id, time_ns / 3600000000000, 1, 0, time_ns, time_ns FROM lone_reports;

CREATE TABLE imports (         -- one for each file read, or for each stretch of a live stream
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id      INTEGER NOT NULL REFERENCES runs (id),
  source      TEXT NOT NULL,   -- the path as the user spelled it
  started_ns  INTEGER NOT NULL,
  finished_ns INTEGER,         -- NULL: it was cut short, import the file again
  bytes       INTEGER,
  digest      INTEGER,         -- of all the bytes
  records     INTEGER,
  known       INTEGER          -- of these: met before, not counted again
) STRICT;

-- Identities of the counted records, as sorted runs of 64-bit keys; see key_run.h. `lane` and `slab` say where a
-- key can be met again: lane 0 by day of the record's time (slab -1: no time), any other lane by inputs that
-- begin alike.
CREATE TABLE key_runs (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  import_id INTEGER NOT NULL REFERENCES imports (id),
  lane      INTEGER NOT NULL,
  slab      INTEGER NOT NULL,
  low       INTEGER NOT NULL,  -- time, or byte offset
  high      INTEGER NOT NULL,
  size      INTEGER NOT NULL,
  keys      BLOB NOT NULL,
  counts    BLOB               -- 32 bits each, where some key was counted more than once
) STRICT;
CREATE INDEX key_runs_by_place ON key_runs (lane, slab, high, low, import_id, size);

-- For the live stream: how far it was read, and where it may have lost something.
CREATE TABLE cursors (
  source     TEXT PRIMARY KEY,
  boot       TEXT NOT NULL,
  mach_time  INTEGER NOT NULL,
  time_ns    INTEGER NOT NULL,
  updated_ns INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (
  id          INTEGER PRIMARY KEY,
  source      TEXT NOT NULL,
  from_ns     INTEGER NOT NULL,
  to_ns       INTEGER,         -- NULL: still open
  reason      TEXT NOT NULL,
  repaired_ns INTEGER          -- NULL: not back-filled
) STRICT;
