SELECT id, from_ns, to_ns, reason, repair, lost FROM gaps WHERE source = ?1 AND to_ns >= ?2 ORDER BY id DESC LIMIT ?3;
