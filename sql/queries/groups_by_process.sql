SELECT n.bytes, count(*) FROM groups AS g JOIN names AS n ON n.id = g.process_id GROUP BY g.process_id;
