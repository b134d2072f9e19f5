-- Contained resources as searches see them: a row each, with what fhir.search has of stored ones, kept once by the hash of the
-- content and of the container's type. The container has that hash among its keys; rows that no container names any more are
-- found by nothing. docs/decisions/0007-search.md
create table fhir.contained (
  key    bigint      not null primary key,
  ty     smallint    not null,
  within smallint    not null, -- the container's type
  own    bigint      not null, -- hash of `Type/<id>`, the id within the container
  pat    bigint,
  dt     timestamptz not null,
  hi     timestamptz not null,
  keys   bigint[]    not null,
  nk     bigint[],
  nlo    float8[],
  nhi    float8[],
  dk     bigint[],
  dlo    timestamptz[],
  dhi    timestamptz[],
  sk     bigint[],
  sv     text[]
);
alter table fhir.contained alter keys set storage external, alter sv set storage external, set (toast_tuple_target = 4080);
create index contained_keys on fhir.contained using gin (keys) with (fastupdate = on, gin_pending_list_limit = 256);
create index contained_type on fhir.contained (ty, within);
