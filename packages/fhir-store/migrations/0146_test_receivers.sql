-- additive
-- Receivers at which developers see notifications of the playground: rows of a day. docs/decisions/0124-pages-of-subscriptions.md

create table fhir.test_receiver (
  id       uuid        not null primary key,
  owner    text        not null collate "C",    -- the person, as the Single Sign-On names them
  token    text        not null unique collate "C", -- the last part of its address
  secret   text        not null collate "C",    -- by which its notifications are to be signed
  answer   text        not null collate "C",
  numbered bigint      not null default 0,
  made     timestamptz not null default clock_timestamp(),
  ends     timestamptz not null
);
create index test_receiver_owner on fhir.test_receiver (owner);
create index test_receiver_ends on fhir.test_receiver (ends);

create table fhir.test_notification (
  receiver  uuid        not null,
  number    bigint      not null,
  received  timestamptz not null default clock_timestamp(),
  headers   text        not null collate "C",   -- JSON; credentials are masked
  body      text        not null collate "C",   -- its beginning
  bytes     int         not null,               -- of the whole
  signature text        not null collate "C",
  primary key (receiver, number)
);
