SELECT repair, count(*), coalesce(sum(lost), 0) FROM gaps WHERE source = ?1 GROUP BY repair ORDER BY repair;
