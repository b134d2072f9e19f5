-- no transaction
-- Postings of numbers and dates are read for their shard anyway, so their indexes need not have the upper end beside: of most numbers it
-- is null, which took twice its room.
drop index concurrently if exists fhir.num_key_next;
create index concurrently num_key_next on fhir.num (key, lo, rid);
drop index concurrently if exists fhir.num_key;
alter index fhir.num_key_next rename to num_key;
drop index concurrently if exists fhir.date_key_next;
create index concurrently date_key_next on fhir.date (key, lo, rid);
drop index concurrently if exists fhir.date_key;
alter index fhir.date_key_next rename to date_key;
