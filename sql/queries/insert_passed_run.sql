INSERT INTO temp.passed_runs (import_id, lane, slab, low, high, size, keys, counts)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
