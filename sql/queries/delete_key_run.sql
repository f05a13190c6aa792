DELETE FROM key_runs WHERE id = ?1;
