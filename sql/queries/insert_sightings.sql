INSERT INTO sightings (low_ns, high_ns, data) VALUES (?1, ?2, ?3);
