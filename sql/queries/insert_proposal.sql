INSERT INTO proposals (profile, made_ns, problem, digest, text, additions, covered, remaining) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
