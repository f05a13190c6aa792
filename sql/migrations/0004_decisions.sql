-- What users answered to suggestions, so that nobody is asked twice. A new answer to the same question takes the
-- place of the old one; revoked answers stay for the record.
CREATE TABLE decisions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  profile    TEXT NOT NULL,     -- its first file, absolute
  operation  BLOB NOT NULL,     -- as logged
  target     BLOB,              -- NULL: the log gave none
  answer     TEXT NOT NULL CHECK (answer IN ('allow', 'deny', 'ignore')),
  reason     TEXT NOT NULL,
  made_ns    INTEGER NOT NULL,
  revoked_ns INTEGER            -- NULL: in force
) STRICT;
CREATE INDEX decisions_by_profile ON decisions (profile, operation, target);
