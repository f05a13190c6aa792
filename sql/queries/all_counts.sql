SELECT group_id, run_id, hour, count, duplicates, first_ns, last_ns FROM evidence ORDER BY group_id, run_id;
