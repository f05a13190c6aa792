DELETE FROM totals WHERE count <= 0 AND duplicates <= 0;
