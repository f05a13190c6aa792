SELECT id, program, host FROM runs WHERE name = ?1;
