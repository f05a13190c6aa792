DELETE FROM holds WHERE holder = ?1;
