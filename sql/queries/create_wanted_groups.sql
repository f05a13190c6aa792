CREATE TEMP TABLE IF NOT EXISTS wanted_groups (
  process   BLOB NOT NULL,
  operation BLOB NOT NULL,
  target    BLOB
);
CREATE INDEX IF NOT EXISTS temp.wanted_groups_by_names ON wanted_groups (process, operation, target);
DELETE FROM temp.wanted_groups;
