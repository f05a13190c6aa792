SELECT run_id, process_id, operation_id, action, provenance, ambiguous, count, duplicates FROM totals;
