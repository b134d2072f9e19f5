-- The HTTP method of the request that made a version, for Bundle.entry.request of histories: P for POST, U for PUT, A for PATCH,
-- D for DELETE. Null for versions from before it was kept.
set local lock_timeout = '3s';
alter table fhir.resource add column method "char";
alter table fhir.history add column method "char";
