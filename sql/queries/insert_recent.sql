INSERT INTO recent (last_seq, first_seq, high_ns, data) VALUES (?1, ?2, ?3, ?4);
