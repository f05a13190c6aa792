SELECT time_ns, proof FROM cursors WHERE source = ?1;
