SELECT id, profile, made_ns, problem, digest, text, additions, covered, remaining FROM proposals ORDER BY id;
