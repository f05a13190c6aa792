SELECT id FROM groups
WHERE hash = ?1 AND process_id = ?2 AND operation_id = ?3 AND target IS ?4 AND tag IS ?5 AND action = ?6
  AND provenance = ?7 AND platform_policy = ?8 AND ambiguous = ?9;
