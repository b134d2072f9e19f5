-- additive
-- Exports that ask for the newest Provenance of each resource alone. docs/decisions/0159-associated-data.md

-- The newest one that is known so far, of those that the caller sees at the time of the export. Rows go with its files.
create table fhir.export_newest (
  job        uuid   not null references fhir.export on delete cascade,
  target     text   not null collate "C", -- Type/id
  recorded   bigint not null,             -- milliseconds since 1970, as it says itself
  stored     bigint not null,             -- milliseconds since 1970
  provenance text   not null collate "C", -- the id of the Provenance
  primary key (job, target)
);
