-- Resources and their history.
-- docs/decisions/0002-storage.md says why each table has this shape.

-- Servers take blocks of 1000 rids: one nextval a block.
create sequence fhir.rid_block cache 1;

-- The directory: which row a FHIR id names. Rows are never removed, so that an id that was deleted and is put again goes
-- on with its rid and its version numbers. It exists because a unique key of a partitioned table must hold the partition
-- key, which (ty, id) does not.
create table fhir.identity (
  ty    smallint         not null, -- number of the resource type
  id    text collate "C" not null, -- logical id
  rid   bigint           not null, -- the row's number in every other table
  shard int              not null, -- hash of the patient of the compartment, else of the resource itself
  primary key (ty, id) include (rid, shard)
);

-- The newest version of each resource; a deletion is a version too (deleted, empty content).
create table fhir.resource (
  rid     bigint           not null,
  shard   int              not null,
  ty      smallint         not null,
  ver     int              not null,                                -- versionId: 1, 2, 3 ...
  deleted boolean          not null default false,
  upd     timestamptz      not null,                                -- meta.lastUpdated
  txid    xid8             not null default pg_current_xact_id(),   -- the transaction that wrote it: the commit order
  id      text collate "C" not null,
  content text             not null,                                -- the exact JSON that clients get
  primary key (rid, shard)
);
-- In commit order by type: history of a type or of all, subscriptions, export. `deleted` rides along in the padding.
create index resource_order on fhir.resource (ty, txid, rid, ver) include (deleted);

-- Versions that are no longer the newest.
create table fhir.history (
  rid     bigint      not null,
  ver     int         not null,
  shard   int         not null,
  ty      smallint    not null,
  deleted boolean     not null,
  upd     timestamptz not null,
  txid    xid8        not null,
  content text        not null,
  primary key (rid, ver, shard)
);
create index history_order on fhir.history (ty, txid, rid, ver) include (deleted);

-- JSON is not compressed by the database: pglz costs more than it saves. Bodies up to 4 kB stay in their row, where one
-- page holds two: a read then needs no second table.
alter table fhir.resource alter content set storage external, set (toast_tuple_target = 4080);
alter table fhir.history alter content set storage external, set (toast_tuple_target = 4080);
