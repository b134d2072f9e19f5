-- Strings by any part of them (`:contains`): trigrams. pg_trgm comes with PostgreSQL, and the owner of a database may create
-- it; in this schema it depends on nobody's search_path. The table is new in this version, so still small.
create extension if not exists pg_trgm with schema fhir;
create index str_contains on fhir.str using gin (v fhir.gin_trgm_ops) with (fastupdate = on, gin_pending_list_limit = 256);
