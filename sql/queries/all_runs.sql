SELECT id, name, program, host FROM runs ORDER BY name;
