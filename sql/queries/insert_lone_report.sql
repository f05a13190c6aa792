INSERT INTO lone_reports (twin, time_ns, group_id, run_id) VALUES (?1, ?2, ?3, ?4);
