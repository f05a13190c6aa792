INSERT INTO temp.wanted_groups (process, operation, target) VALUES (?1, ?2, ?3);
