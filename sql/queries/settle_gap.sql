UPDATE gaps SET repair = ?2 WHERE id = ?1;
