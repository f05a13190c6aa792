INSERT INTO proposal_accesses (entry, operation, target) VALUES (?1, ?2, ?3);
