SELECT coalesce(max(last_seq), 0) FROM recent;
