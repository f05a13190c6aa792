INSERT INTO run_parameters (run_id, name, value) VALUES (?1, ?2, ?3);
