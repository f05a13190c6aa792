DELETE FROM lone_reports
WHERE time_ns / 3600000000000 < ?1 AND run_id IN (SELECT i.run_id FROM imports AS i WHERE i.source = ?2)
  AND group_id NOT IN (SELECT h.group_id FROM holds AS h);
