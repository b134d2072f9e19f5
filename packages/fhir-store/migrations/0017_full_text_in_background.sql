-- Words of resources are kept in the background from the first question on; searches read what is newer from the bodies.
-- docs/decisions/0007-search.md

alter table fhir.text_state add column wanted boolean not null default false;
update fhir.text_state set wanted = true where txid > '0';

-- Nobody waits for who fills it, and a list of 1 MB is read in less than a millisecond.
alter index fhir.text_words set (fastupdate = on, gin_pending_list_limit = 1024);
