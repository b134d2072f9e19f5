-- additive
-- Members of Groups by characteristic, as the first attempt of an export has found them: a later one goes on with the same.
-- docs/decisions/0163-groups-by-characteristic.md
create table fhir.export_member (
  job      uuid    not null references fhir.export on delete cascade,
  resource text    not null collate "C", -- the id of the Group
  part     int     not null,             -- from 0
  joined   boolean not null,             -- may have become members since the time that is asked for
  ids      text    not null collate "C", -- of Patients, separated by commas
  primary key (job, resource, part)
);
