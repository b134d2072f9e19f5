-- Rows of contained resources follow the environment's own search parameters, and go when no container names them any more. `at` is
-- when somebody last stored a container with the resource, give or take some minutes: a row of just now may be that of a container
-- whose transaction is still open (indexing/clear-contained.ts).
alter table fhir.contained
  add column generation int         not null default -1,
  add column at         timestamptz not null default now();
