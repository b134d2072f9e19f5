-- additive
-- replaces fhir.restart_commit_order: it is for the owner after a restore, and no server calls it
-- Events that applications report, of which no version of a resource tells. docs/decisions/0125-reported-events.md

create table fhir.reported_event (
  id       uuid        not null primary key,
  client   text        not null collate "C",
  key      text        not null collate "C",    -- the client's own name for it: what is reported again is the same event
  txid     xid8        not null,                -- its place in the order of commits
  system   text        not null collate "C",
  code     text        not null collate "C",
  type     text        not null collate "C",    -- the version that it is about
  focus    text        not null collate "C",
  ver      int         not null,
  happened timestamptz not null default clock_timestamp(),
  unique (client, key)
);
create index reported_event_order on fhir.reported_event (txid, id);
create index reported_event_happened on fhir.reported_event (happened);

-- In another cluster they stand in front as versions do.
create or replace function fhir.restart_commit_order() returns void language sql as $$
  update fhir.resource set txid = '3' where txid <> '3'; -- 3: the first id that a transaction can have
  update fhir.history set txid = '3' where txid <> '3';
  update fhir.reported_event set txid = '3' where txid <> '3';
$$;
