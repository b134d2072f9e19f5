-- no transaction
-- The history of a type or of all types, newest first. Commit order does not serve: transaction ids start anew when a
-- database is restored elsewhere, and nothing bounds how far they and the clocks are apart.
drop index concurrently if exists fhir.resource_time;
create index concurrently resource_time on fhir.resource (ty, upd, rid, ver) include (txid);
drop index concurrently if exists fhir.history_time;
create index concurrently history_time on fhir.history (ty, upd, rid, ver) include (txid);
