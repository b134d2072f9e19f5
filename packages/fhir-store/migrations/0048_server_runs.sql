-- additive
-- Each run of the server of the database, from one start to the next, in their order. Links to further pages tell what the first page could
-- see by numbers of transactions; whether those of a run before are still theirs is told by this. docs/decisions/0040-page-links-over-restarts.md

-- The history that the server goes on with: another one after a promotion, after a restore to an earlier time, and in another cluster.
create function fhir.server_history() returns text language sql stable parallel safe as $$
  select system_identifier || '.' || case when pg_is_in_recovery() then '' else left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end
  from pg_control_system()
$$;

create table fhir.server_run (
  n       bigint generated always as identity primary key,
  server  text   collate "C" not null unique, -- fhir.server_name()
  history text   collate "C" not null,        -- fhir.server_history()
  first   xid8               not null         -- no transaction before this one stores a resource in the run
);
