UPDATE decisions SET revoked_ns = ?2 WHERE id = ?1 AND revoked_ns IS NULL RETURNING id;
