SELECT id FROM names WHERE bytes = ?1;
