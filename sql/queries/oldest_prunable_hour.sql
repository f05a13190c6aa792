-- Of what source ?1 brought and nobody holds.
SELECT min(hour) FROM evidence
WHERE hour >= 0 AND run_id IN (SELECT i.run_id FROM imports AS i WHERE i.source = ?1)
  AND group_id NOT IN (SELECT h.group_id FROM holds AS h);
