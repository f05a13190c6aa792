INSERT INTO decisions (profile, operation, target, answer, reason, made_ns, rule) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
