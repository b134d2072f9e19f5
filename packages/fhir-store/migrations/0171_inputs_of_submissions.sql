-- additive
-- The manifest that has named an input: of a bulk submission. docs/decisions/0134-bulk-submit.md
set local lock_timeout = '3s';
alter table fhir.import_input add column manifest int;
