SELECT id, pruned_ns, before_ns FROM prunings ORDER BY id DESC LIMIT 1;
