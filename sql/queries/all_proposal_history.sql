SELECT id, proposal, profile, outcome, who, at_ns, digest, note FROM proposal_history ORDER BY id;
