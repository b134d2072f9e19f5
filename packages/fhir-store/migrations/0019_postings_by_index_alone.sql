-- no transaction
-- A posting's index alone leads to the search row, without the posting itself: the shard takes the place of what rounds up the
-- entry, so the index is no larger. Half of what a walk along a code reads were postings.
drop index concurrently if exists fhir.tok_key_next;
create index concurrently tok_key_next on fhir.tok (key, dt, rid) include (sys, shard);
drop index concurrently if exists fhir.tok_key;
alter index fhir.tok_key_next rename to tok_key;
