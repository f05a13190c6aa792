INSERT INTO proposal_history (proposal, profile, outcome, who, at_ns, digest, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
