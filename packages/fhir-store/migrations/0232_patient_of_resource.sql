-- additive
-- Whose record a resource is, in the row that a read reads anyway. docs/decisions/0199-consents-by-the-row-that-is-read.md
set local lock_timeout = '3s';

alter table fhir.resource
  add column pat bigint,    -- hash of the one patient, as in fhir.search; null: none, several, or not noted
  add column pat_of bigint; -- the version of which `pat` is so, with the number of the way in which patients are told; a server of before leaves both as they are
