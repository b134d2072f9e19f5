-- additive
-- Shards beside its own in which resources of a patient lie. docs/decisions/0186-searches-by-patient.md

-- Written before the resources, on the node that clients speak to, and never taken back: those that are in the compartments of several patients, or name one by an
-- address of this server. `shard` is that of the row of fhir.shard_here. Of resources with very many patients `pat` is 0. One PostgreSQL has none.
create table fhir.patient_shard (
  pat bigint not null,
  ty smallint not null,
  shard int not null,
  primary key (pat, ty, shard)
);

-- Whether all of them are there. `distribute` puts another function in its place, once it has looked through what was stored before.
create function fhir.knows_patient_shards() returns boolean language sql stable as 'select false';
