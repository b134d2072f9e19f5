-- additive
-- Deletions that ask for a purge, which an operator carries out. docs/decisions/0135-retention.md
set local lock_timeout = '3s';

create table fhir.purge_request (
  id      uuid        not null primary key, -- of the job that has deleted
  client  text        not null collate "C",
  asked   timestamptz not null default clock_timestamp(),
  state   text        not null collate "C" default 'asked' check (state in ('asked', 'done', 'refused')),
  decided timestamptz,
  by      text,
  reason  text
);

create table fhir.purge_item (
  request uuid not null references fhir.purge_request on delete cascade,
  type    text not null collate "C",
  id      text not null collate "C",
  state   text not null collate "C" default 'asked' check (state in ('asked', 'purged', 'held', 'back')),
  primary key (request, type, id)
);
create index purge_item_open on fhir.purge_item (request, type, id) where state = 'asked';

alter table fhir.purge_run add column request uuid;
