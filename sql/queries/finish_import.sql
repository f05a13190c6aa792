UPDATE imports SET finished_ns = ?2, bytes = ?3, digest = ?4, records = ?5, known = ?6 WHERE id = ?1;
