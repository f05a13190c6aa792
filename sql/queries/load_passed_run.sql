SELECT keys, counts FROM temp.passed_runs WHERE id = ?1;
