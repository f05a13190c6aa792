-- The width at which something was allowed, so that it is neither asked again nor silently narrowed.
ALTER TABLE decisions ADD COLUMN rule BLOB NOT NULL DEFAULT x'';  -- as the review showed it; empty: exactly the denial
