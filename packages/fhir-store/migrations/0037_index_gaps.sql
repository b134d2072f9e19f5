-- additive
-- Resources of which some search parameters have no values in the index, because computing them goes over the limit of work (or fails).
-- A search by one of these parameters would miss them and is refused; everything else finds them. docs/decisions/0007-search.md
create table fhir.index_gap (
  rid        bigint   not null,
  shard      int      not null,
  ver        int      not null,           -- the row says nothing about another version
  ty         smallint not null,
  id         text collate "C" not null,
  parameters text collate "C" not null,   -- `Type.code`, separated by spaces
  work       bigint   not null,           -- the limit under which it was tried
  generation int      not null,           -- the search parameters with which it was tried
  reason     text     not null,
  primary key (rid, shard)
);

-- True while there are rows in fhir.index_gap. A search that knows nothing of them asks it in its own statement.
set local lock_timeout = '3s';
alter table fhir.index_state add column gaps boolean not null default false;
