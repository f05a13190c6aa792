-- What a report said about platform policy speaks for other groups too, so such groups stay.
DELETE FROM groups
WHERE NOT EXISTS (SELECT 1 FROM hours AS h WHERE h.group_id = groups.id)
  AND id NOT IN (SELECT l.group_id FROM lone_reports AS l)
  AND id NOT IN (SELECT h.group_id FROM holds AS h)
  AND id NOT IN (SELECT p.group_id FROM reported_policies AS p);
