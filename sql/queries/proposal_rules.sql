SELECT rule FROM proposal_rules WHERE entry = ?1 ORDER BY rowid;
