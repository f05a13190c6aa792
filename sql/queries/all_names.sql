SELECT id, bytes FROM names;
