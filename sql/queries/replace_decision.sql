UPDATE decisions SET revoked_ns = ?4 WHERE profile = ?1 AND operation = ?2 AND target IS ?3 AND revoked_ns IS NULL;
