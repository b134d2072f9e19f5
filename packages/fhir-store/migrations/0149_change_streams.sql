-- additive
-- Streams of other systems to which changes are passed on: who does it, and how far. docs/decisions/0126-changes-for-streams.md

create table fhir.change_stream (
  name      text        not null primary key collate "C",
  holder    uuid,
  epoch     bigint      not null default 0,
  lease     timestamptz not null default '-infinity',
  server    text        collate "C",             -- the run and the database that the place is of
  place     text        collate "C",             -- null: nothing was passed on
  published bigint      not null default 0,
  oldest    timestamptz,                         -- when the first change was stored that waits; null: none does
  failing   timestamptz                          -- since when nothing is taken
);
