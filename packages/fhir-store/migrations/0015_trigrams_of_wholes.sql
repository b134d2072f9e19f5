-- no transaction
-- Trigrams of every string cost a third of what PostgreSQL spends on a Patient; those of strings that are no part of another one
-- find the same. Strings from before count as wholes, which is right, and dear only until their resource changes.
drop index concurrently if exists fhir.str_whole;
create index concurrently str_whole on fhir.str using gin (v fhir.gin_trgm_ops) with (fastupdate = on, gin_pending_list_limit = 256)
  where not part;
drop index concurrently if exists fhir.str_contains;
