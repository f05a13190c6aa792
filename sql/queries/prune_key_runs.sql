-- Identities before the time ?1 that source ?2 brought. Lane 0 is the one in the order of time.
DELETE FROM key_runs WHERE lane = 0 AND slab >= 0 AND high < ?1
  AND import_id IN (SELECT i.id FROM imports AS i WHERE i.source = ?2);
