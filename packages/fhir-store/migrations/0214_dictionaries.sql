-- additive
-- What packed versions are read with, and how far packing has come. docs/decisions/0198-packed-versions.md

-- Its number is that of its bytes: the first four of their SHA-256. None is ever removed, and none has anything of a person: it is made of the synthetic population.
create table fhir.dictionary (
  number int         not null primary key,
  bytes  bytea       not null,
  made   timestamptz not null default now()
);

-- Of each type the last version of which the one before has been looked at, in the order of times: a version is packed so long after it was replaced.
create table fhir.packed_upto (
  ty  smallint    not null primary key,
  upd timestamptz not null,
  rid bigint      not null,
  ver int         not null
);
