SELECT l.id, l.twin, l.time_ns, l.run_id, g.process_id, g.operation_id, g.provenance, g.ambiguous
FROM lone_reports AS l JOIN groups AS g ON g.id = l.group_id
WHERE l.time_ns BETWEEN ?1 AND ?2;
