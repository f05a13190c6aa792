INSERT INTO names (bytes) VALUES (?1);
