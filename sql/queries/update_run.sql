UPDATE runs SET program = coalesce(program, ?2), host = coalesce(host, ?3) WHERE id = ?1;
