DELETE FROM prunings WHERE id <= (SELECT max(id) FROM prunings) - 100;
