SELECT name, value FROM run_parameters WHERE run_id = ?1 ORDER BY name;
