SELECT data FROM sightings WHERE high_ns >= ?1 AND low_ns <= ?2;
