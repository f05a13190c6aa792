SELECT keys, counts FROM key_runs WHERE id = ?1;
