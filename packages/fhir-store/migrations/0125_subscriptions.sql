-- additive
-- Subscriptions: who reads the feed of changes for them, what they were asked for with, their events, and how far these are delivered.
-- docs/decisions/0100-topics-and-subscriptions.md

-- The one reader: its lease, and the place up to which all events are made.
create table fhir.event_reader (
  one      boolean     not null primary key default true check (one),
  epoch    bigint      not null default 0,
  holder   uuid,
  lease    timestamptz not null default '-infinity',
  database text        collate "C",             -- that the place is of: a copy has another one
  place    text        collate "C",             -- null: nothing was read
  heard    timestamptz                          -- when it was last known what the SSO has revoked
);
insert into fhir.event_reader default values;

-- What a Subscription was requested with and does not show: its content names the row.
create table fhir.subscription_request (
  id     uuid        not null primary key,
  client text        not null collate "C",
  owner  text        not null collate "C",      -- client and person
  rights text        not null collate "C",      -- JSON, as jobs keep them
  sealed bytea,                                 -- values of parameters of the channel
  stored timestamptz not null default clock_timestamp()
);
create index subscription_request_client on fhir.subscription_request (client);

-- Subscriptions as the reader knows them, at its place.
create table fhir.subscription (
  id       text        not null primary key collate "C",
  ver      int         not null,
  request  uuid,
  owner    text        collate "C",             -- client and person, also of one that is off
  status   text        not null collate "C",
  wanted   text        collate "C",             -- the status that the server has decided on, until a version has it
  reason   text        collate "C",             -- of an error, and of an end
  numbered bigint      not null default 0,      -- the last number that was given
  changed  timestamptz not null default clock_timestamp()
);
create index subscription_request_of on fhir.subscription (request);
create index subscription_wanted on fhir.subscription (id) where wanted is not null;

-- Versions of topics that judge what comes behind the place.
create table fhir.topic (
  id  text not null primary key collate "C",
  ver int  not null
);

-- Events hold no content: it is read, and its reader asked for the right, when it is told.
create table fhir.event (
  subscription text        not null collate "C",
  number       bigint      not null,
  type         text        not null collate "C",
  id           text        not null collate "C",
  ver          int         not null,
  happened     timestamptz not null,            -- when the version was stored
  stored       timestamptz not null default clock_timestamp(),
  primary key (subscription, number),
  unique (subscription, type, id, ver)
);
create index event_stored on fhir.event (stored);

-- How far the events of a subscription are delivered, and who delivers them.
create table fhir.lane (
  subscription text        not null primary key collate "C",
  acknowledged bigint      not null default 0,
  woken        bigint      not null default 0,  -- counts what there is to be done since
  due          timestamptz not null default clock_timestamp(),
  tries        int         not null default 0,  -- that failed, since the last that did not
  failing      timestamptz,                     -- since when
  holder       uuid,
  epoch        bigint      not null default 0,
  lease        timestamptz not null default '-infinity'
);
create index lane_due on fhir.lane (due);
