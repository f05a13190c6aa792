INSERT INTO proposal_rules (entry, rule) VALUES (?1, ?2);
