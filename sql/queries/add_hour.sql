INSERT INTO hours (group_id, run_id, hour, count, duplicates, first_ns, last_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (group_id, run_id, hour) DO UPDATE SET
  count = count + excluded.count,
  duplicates = duplicates + excluded.duplicates,
  first_ns = min(first_ns, excluded.first_ns),
  last_ns = max(last_ns, excluded.last_ns);
