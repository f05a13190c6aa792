SELECT first_seq, last_seq, data FROM recent WHERE high_ns >= ?1 AND first_seq <= ?2 ORDER BY last_seq;
