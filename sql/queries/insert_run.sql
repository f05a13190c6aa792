INSERT INTO runs (name, program, host) VALUES (?1, ?2, ?3);
