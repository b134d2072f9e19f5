-- additive
-- Requests of applications, which their developers read. docs/decisions/0072-log-and-explorer-for-developers.md
create schema fhir_log; -- holds the parts of the log, one a day; no server may use it

create table fhir.request_log (
  recorded     timestamptz not null,
  tie          bigint      not null, -- tells requests of one millisecond apart
  client       text        not null collate "C",
  method       text        not null collate "C",
  path         text        not null collate "C",
  query        text        collate "C",
  status       smallint,             -- null: the client went away
  microseconds int,
  request_id   text        collate "C",
  entry        int,                  -- of a Bundle
  issues       jsonb
) partition by range (recorded);
create index request_log_client on fhir.request_log (client, recorded desc, tie desc);

-- How many rows of a client and a day there are, and how many there are no longer.
create table fhir.request_log_day (
  day     date   not null,
  client  text   not null collate "C",
  kept    bigint not null,
  dropped bigint not null,
  primary key (day, client)
);

-- Makes the parts of yesterday, today and tomorrow, and ends those of more than seven days ago. With the rights of the owner: a server may make no table.
create function fhir.prepare_request_log() returns void language plpgsql volatile
security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  today date := (now() at time zone 'UTC')::date;
  first date;
  part  text;
begin
  perform pg_advisory_xact_lock(hashtextextended('fhir request log parts', 0));
  for n in -1..1 loop
    first := today + n;
    part := 'request_log_' || to_char(first, 'YYYYMMDD');
    -- By a query: to_regclass may remember from before the lock that there was none.
    continue when exists (
      select from pg_catalog.pg_class c where c.relnamespace = 'fhir_log'::regnamespace and c.relname = part);
    -- Unlogged: who answers requests waits for no disk. A crash of PostgreSQL empties it.
    execute format('create unlogged table fhir_log.%I (like fhir.request_log including defaults)', part);
    -- Attaching takes no lock that a writer of another part would wait for.
    execute format('alter table fhir.request_log attach partition fhir_log.%I for values from (%L) to (%L)', part,
      first::timestamp at time zone 'UTC', (first + 1)::timestamp at time zone 'UTC');
  end loop;
  for part in select c.relname from pg_catalog.pg_class c
    where c.relnamespace = 'fhir_log'::regnamespace and c.relkind = 'r'
      and c.relname < 'request_log_' || to_char(today - 7, 'YYYYMMDD') loop
    execute format('drop table fhir_log.%I', part);
  end loop;
  delete from fhir.request_log_day where day < today - 7;
end $$;

-- There are parts before the first request.
select fhir.prepare_request_log();
