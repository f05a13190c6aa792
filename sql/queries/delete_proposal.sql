DELETE FROM proposals WHERE id = ?1;
