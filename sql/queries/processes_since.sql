SELECT DISTINCT n.bytes FROM groups AS g JOIN names AS n ON n.id = g.process_id WHERE g.id > ?1 ORDER BY n.bytes;
