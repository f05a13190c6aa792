INSERT INTO groups (hash, process_id, operation_id, target, tag, action, provenance, platform_policy, ambiguous)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);
