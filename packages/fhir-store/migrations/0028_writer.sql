-- Who wrote a version: the caller of the request as its token named it, as JSON text (statements/writer.ts says what stands in it).
-- Null for versions from before it was recorded.
set local lock_timeout = '3s';
alter table fhir.resource add column writer text;
alter table fhir.history add column writer text;
