-- additive
-- Work that is done beside requests: who asked, who does it, how far it is, what came of it. docs/decisions/0091-jobs.md
create table fhir.job (
  id       uuid        not null primary key,
  kind     text        not null collate "C",
  owner    bytea       not null,             -- hash of who asked and by which rights: nobody else hears of it
  client   text        not null collate "C",
  about    text        not null collate "C", -- for operators: it names no patient
  input    text        not null collate "C", -- JSON, which may hold characters that jsonb refuses
  body     bytea,
  priority smallint    not null,             -- higher ones first
  asked    timestamptz not null default clock_timestamp(),
  polled   timestamptz,                      -- when its owner asked for it last
  state    text        not null collate "C" default 'waiting' check (state in ('waiting', 'running', 'ended')),
  due      timestamptz not null default clock_timestamp(), -- waiting: it begins no sooner; running: the lease of its holder ends
  holder   uuid,
  attempt  smallint    not null default 0,
  began    timestamptz,                      -- the last attempt
  done     bigint      not null default 0,   -- bytes of what it has made
  stops    boolean     not null default false,
  outcome  jsonb,
  expires  timestamptz not null
);
create index job_due on fhir.job (due) where state <> 'ended';
create index job_client on fhir.job (client);
create index job_expires on fhir.job (expires);

-- What a job has made, in its order. Of several attempts the last counts.
create table fhir.job_part (
  job     uuid     not null references fhir.job on delete cascade,
  attempt smallint not null,
  number  int      not null,
  content bytea    not null,
  primary key (job, attempt, number)
);
