DELETE FROM gaps WHERE to_ns < ?1 AND repair <> 'pending';
