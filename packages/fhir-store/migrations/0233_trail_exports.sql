-- additive
-- Exports of the trail of requests to files: by whom, why, and how far. Servers may not begin one. docs/decisions/0205-exports-of-the-trail.md

create table fhir.trail_export (
  id          uuid        not null primary key,
  month       date,                                   -- the period; null: all that are here
  set_by      text        not null,
  reason      text        not null,
  began       timestamptz not null,
  -- The last record, as it was at the beginning, and the last one that is in the file; null: none.
  upto_txid   xid8,
  upto_id     bigint,
  place_txid  xid8,
  place_id    bigint,
  records     bigint      not null default 0,         -- in the file, and its length
  bytes       bigint      not null default 0,
  sha256      text,                                   -- of the whole file, when it is complete
  ended       timestamptz                             -- without a hash: given up
);
create unique index trail_export_open on fhir.trail_export ((ended is null)) where ended is null;
