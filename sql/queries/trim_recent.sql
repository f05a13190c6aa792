DELETE FROM recent WHERE last_seq < ?1;
