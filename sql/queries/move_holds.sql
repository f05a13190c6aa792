UPDATE holds SET holder = ?2 WHERE holder = ?1;
