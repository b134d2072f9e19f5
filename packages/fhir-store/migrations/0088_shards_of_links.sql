-- additive
-- Links of care know the resource of which they are by its number and shard, as all rows do. Earlier servers write none.
-- docs/decisions/0075-consents-in-statements.md
set local lock_timeout = '3s';
alter table fhir.care_link add column shard int; -- null: of a server of before, which does not say
