-- additive
-- Legal holds, how long versions are kept, and what was purged. docs/decisions/0135-retention.md

-- Resources that may not be purged. A hold that was lifted, or is over, stays as a record of it.
create table fhir.legal_hold (
  id            uuid        not null primary key,
  type          text        not null collate "C",
  resource      text        collate "C",              -- its id; null: all of the type. Of a Patient: also whatever names it in any version
  reason        text        not null,
  set_by        text        not null,
  made          timestamptz not null default now(),
  until         timestamptz,                          -- null: until it is lifted
  lifted        timestamptz,
  lifted_by     text,
  lifted_reason text
);
create index legal_hold_stands on fhir.legal_hold (type, resource) where lifted is null;

-- Days for which versions of a type are kept. What no row names is kept for good.
create table fhir.retention (
  type    text        not null primary key collate "C",
  earlier int         check (earlier > 0),            -- since a version was replaced, of resources that are there; null: for good
  deleted int         check (deleted > 0),            -- since a resource was deleted, of all its versions; null: for good
  reason  text        not null,                       -- the law, or the order
  set_by  text        not null,
  changed timestamptz not null default now(),
  check (earlier is not null or deleted is not null)
);

-- A purge: by which rules, how far, and what it has removed. It goes on where it was ended.
create table fhir.purge_run (
  id       uuid        not null primary key,
  rules    text        not null,                      -- JSON
  set_by   text        not null,
  reason   text        not null,
  began    timestamptz not null,                      -- ages are counted from here
  type     text        collate "C",                   -- that is looked through, with the last version that was looked at
  place    text        collate "C",
  versions bigint      not null default 0,
  held     bigint      not null default 0,            -- old enough, and kept by a legal hold
  ended    timestamptz
);
create unique index purge_run_open on fhir.purge_run ((ended is null)) where ended is null;

-- A version that was purged, in the place of its row: what it said is gone.
create table fhir.purged_version (
  ty     smallint    not null,
  id     text        not null collate "C",
  ver    int         not null,
  rid    bigint      not null,
  upd    timestamptz not null,
  txid   xid8        not null,
  writer text,
  line   bytea       not null,                        -- SHA-256: by it the hash over the change feed is as before
  run    uuid        not null,
  primary key (ty, id, ver)
);
create index purged_version_row on fhir.purged_version (rid, ver);
create index purged_version_run on fhir.purged_version (run, ty, id, ver);
