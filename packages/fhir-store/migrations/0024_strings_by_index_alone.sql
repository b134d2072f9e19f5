-- no transaction
-- As for tokens (0019): the index alone leads to the resources, without the rows of strings, which lie scattered. Of 195 Patients whose
-- family name begins alike, 195 blocks were read for their rows, and one or two of the index.
drop index concurrently if exists fhir.str_key_next;
create index concurrently str_key_next on fhir.str (key, v, rid) include (shard);
drop index concurrently if exists fhir.str_key;
alter index fhir.str_key_next rename to str_key;
