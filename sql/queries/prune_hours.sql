DELETE FROM hours
WHERE hour >= 0 AND hour < ?1 AND run_id IN (SELECT i.run_id FROM imports AS i WHERE i.source = ?2)
  AND group_id NOT IN (SELECT h.group_id FROM holds AS h);
