INSERT INTO gaps (source, from_ns, to_ns, reason, repair, lost) VALUES (?1, ?2, ?3, ?4, ?5, ?6);
