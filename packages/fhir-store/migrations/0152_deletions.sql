-- additive
-- Bulk deletions: what each has found and what came of it. docs/decisions/0128-bulk-deletion.md
create table fhir.deletion (
  job   uuid    primary key references fhir.job on delete cascade,
  found boolean not null default false   -- all that is to be deleted is noted
);

create table fhir.deletion_item (
  job     uuid   not null references fhir.deletion on delete cascade,
  number  int    not null,               -- from 0, in the order in which they are tried
  type    text   not null collate "C",
  id      text   not null collate "C",
  state   text   not null collate "C" default 'found'
    check (state in ('found', 'deleted', 'gone', 'waits', 'refused')),
  outcome text   collate "C",            -- OperationOutcome: of one that is refused, or waits until nothing refers to it
  primary key (job, number)
);

create index deletion_open on fhir.deletion_item (job, state, number) where state in ('found', 'waits');
