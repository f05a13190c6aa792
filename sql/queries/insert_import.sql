INSERT INTO imports (run_id, source, started_ns) VALUES (?1, ?2, ?3);
