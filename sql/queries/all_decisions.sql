SELECT id, profile, operation, target, answer, reason, made_ns, rule FROM decisions WHERE revoked_ns IS NULL ORDER BY id;
