INSERT OR IGNORE INTO holds (holder, group_id)
SELECT ?1, g.id FROM groups AS g
CROSS JOIN names AS p ON p.id = g.process_id
CROSS JOIN names AS o ON o.id = g.operation_id
CROSS JOIN temp.wanted_groups AS w ON w.process = p.bytes AND w.operation = o.bytes AND w.target IS g.target;
