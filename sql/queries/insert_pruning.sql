INSERT INTO prunings (pruned_ns, before_ns, counts, groups) VALUES (?1, ?2, ?3, ?4);
