INSERT OR IGNORE INTO reported_policies (group_id) VALUES (?1);
