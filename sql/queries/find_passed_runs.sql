SELECT id, slab, low, high, size, 0 FROM temp.passed_runs
WHERE lane = ?1 AND slab BETWEEN ?2 AND ?3 AND high >= ?4 AND low <= ?5
ORDER BY id;
