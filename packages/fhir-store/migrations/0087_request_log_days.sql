-- additive
-- The counts of the log of requests end with its rows: a crash of PostgreSQL empties both. Counts alone would have each new request of a client
-- that had used its day removed again until midnight.
alter table fhir.request_log_day set unlogged;
