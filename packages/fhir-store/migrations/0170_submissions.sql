-- additive
-- Bulk submissions: manifests of a client that belong together, taken by one job. docs/decisions/0134-bulk-submit.md
create table fhir.submission (
  job        uuid  primary key references fhir.job on delete cascade,
  owner      bytea not null,              -- as that of its job
  submitter  text  not null collate "C",  -- system, a bar and value of its Identifier
  submission text  not null collate "C",  -- the id that the submitter has given it
  state      text  not null collate "C" default 'in-progress' check (state in ('in-progress', 'completed', 'stopped')),
  mode       text  not null collate "C",
  digest     bytea not null,              -- SHA-256 of the last request that was taken: the same again is no other one
  unique (owner, submitter, submission)
);

create table fhir.submission_manifest (
  job      uuid    not null references fhir.submission on delete cascade,
  number   int     not null,              -- from 0, in the order of the requests
  url      text    not null collate "C",
  base     text    not null collate "C",  -- what relative references of its resources are relative to
  headers  text    not null collate "C",  -- sealed: sent with each fetch; empty behind the end of the job
  replaced boolean not null default false,
  primary key (job, number),
  unique (job, url)
);
