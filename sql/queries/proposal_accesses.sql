SELECT operation, target FROM proposal_accesses WHERE entry = ?1 ORDER BY rowid;
