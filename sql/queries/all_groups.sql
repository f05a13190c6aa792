SELECT id, process_id, operation_id, target, tag, action, provenance, platform_policy, ambiguous FROM groups ORDER BY id;
