INSERT INTO totals (run_id, process_id, operation_id, action, provenance, ambiguous, count, duplicates)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (run_id, process_id, operation_id, action, provenance, ambiguous) DO UPDATE SET
  count = count + excluded.count,
  duplicates = duplicates + excluded.duplicates;
