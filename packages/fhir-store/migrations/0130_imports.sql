-- additive
-- Bulk imports: what each is made of, how far it is, and the lines that it did not take. docs/decisions/0105-bulk-import.md
create table fhir.import_input (
  job       uuid    not null references fhir.job on delete cascade,
  number    int     not null,             -- from 0, in the order in which they are taken
  source    text    not null collate "C", -- its address; empty for what was sent with the request
  type      text    not null collate "C", -- that it is said to have; empty where nothing is said
  attempt   smallint,                     -- of the job, that has fetched it
  digest    bytea,                        -- SHA-256 of its lines; null until all of them are there
  bytes     bigint,
  reached   bigint  not null default 0,   -- bytes that are done: stored in one transaction with the resources of their lines
  line      bigint  not null default 0,   -- the same, in lines
  created   bigint  not null default 0,
  updated   bigint  not null default 0,
  unchanged bigint  not null default 0,
  rejected  bigint  not null default 0,
  ended     boolean not null default false,
  repeated  uuid,                         -- the import that has taken the same before
  failure   text    collate "C",          -- OperationOutcome: it could not be had
  primary key (job, number)
);

-- Lines that were not taken: rejected, or waiting for what they refer to.
create table fhir.import_line (
  job     uuid    not null,
  input   int     not null,
  line    bigint  not null,
  waits   boolean not null,
  place   bigint  not null,               -- byte at which it begins
  length  int     not null,
  name    text    not null collate "C",   -- Type/id of what it would write; empty where it has none
  outcome text    not null collate "C",   -- OperationOutcome
  primary key (job, input, line),
  foreign key (job, input) references fhir.import_input on delete cascade
);

create index import_waits on fhir.import_line (job, name) where waits;

-- Files of which every line was taken: the same again writes nothing.
create table fhir.imported (
  client text        not null collate "C",
  mode   text        not null collate "C",
  type   text        not null collate "C",
  digest bytea       not null,
  job    uuid        not null,
  at     timestamptz not null default clock_timestamp(),
  primary key (client, mode, type, digest)
);
