DELETE FROM sightings WHERE high_ns < ?1;
