SELECT id, from_ns, to_ns, reason, repair, lost FROM gaps WHERE source = ?1 AND repair = ?2 ORDER BY id LIMIT ?3;
