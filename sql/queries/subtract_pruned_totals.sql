-- Before the counts themselves go: what source ?2 brought before hour ?1 and nobody holds.
UPDATE totals SET count = totals.count - gone.count, duplicates = totals.duplicates - gone.duplicates
FROM (SELECT e.run_id, g.process_id, g.operation_id, g.action, g.provenance, g.ambiguous,
             sum(e.count) AS count, sum(e.duplicates) AS duplicates
      FROM evidence AS e JOIN groups AS g ON g.id = e.group_id
      WHERE e.hour >= 0 AND e.hour < ?1 AND e.run_id IN (SELECT i.run_id FROM imports AS i WHERE i.source = ?2)
        AND e.group_id NOT IN (SELECT h.group_id FROM holds AS h)
      GROUP BY 1, 2, 3, 4, 5, 6) AS gone
WHERE totals.run_id = gone.run_id AND totals.process_id = gone.process_id
  AND totals.operation_id = gone.operation_id AND totals.action = gone.action
  AND totals.provenance = gone.provenance AND totals.ambiguous = gone.ambiguous;
