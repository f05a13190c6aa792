SELECT g.process_id, g.operation_id, g.target FROM reported_policies AS p JOIN groups AS g ON g.id = p.group_id;
