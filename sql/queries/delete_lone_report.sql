DELETE FROM lone_reports WHERE id = ?1;
