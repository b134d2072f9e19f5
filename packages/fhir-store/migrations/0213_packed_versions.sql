-- additive
-- Versions of the past, compressed. docs/decisions/0198-packed-versions.md

-- Versions are stored as they are. An operator may have them packed later: then `content` is empty, `packed` has what it was by zstd, with the dictionary of that number,
-- and `size` its bytes. Before the first one is packed, this migration is noted as one beside which no server of the release before is ready: it would show empty versions.
set local lock_timeout = '3s';
alter table fhir.history
  add column packed bytea,
  add column dictionary int,
  add column size int,
  alter packed set storage external,
  set (autovacuum_vacuum_scale_factor = 0.05);
