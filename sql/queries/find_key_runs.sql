-- Runs that may hold a key of a section: same lane, touching slabs and ranges.
SELECT id, slab, low, high, size, import_id FROM key_runs
WHERE lane = ?1 AND slab BETWEEN ?2 AND ?3 AND high >= ?4 AND low <= ?5
ORDER BY id;
