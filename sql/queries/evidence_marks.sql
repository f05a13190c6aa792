-- Numbers that grow when there is something new: kinds of denials, runs, prunings, decisions and their revocations.
SELECT (SELECT coalesce(max(id), 0) FROM groups), (SELECT coalesce(max(id), 0) FROM runs),
       (SELECT coalesce(max(id), 0) FROM prunings), (SELECT coalesce(max(id), 0) FROM decisions),
       (SELECT count(revoked_ns) FROM decisions);
