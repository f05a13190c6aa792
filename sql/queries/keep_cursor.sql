INSERT INTO cursors (source, time_ns, proof, updated_ns) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (source) DO UPDATE SET
  time_ns = excluded.time_ns,
  proof = excluded.proof,
  updated_ns = excluded.updated_ns;
