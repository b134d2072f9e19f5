-- What may be used once until a time, on whichever node: proofs of possession (RFC 9449), by their hash. They are good for a minute,
-- so they need not outlive a crash of PostgreSQL.
create unlogged table fhir.single_use (
  hash  bytea primary key,
  until timestamptz not null
);
create index single_use_until on fhir.single_use (until);
