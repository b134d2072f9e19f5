-- additive
-- Lets no shard that has one of these values go to another node before the transaction ends. With one node nothing goes anywhere; `distribute` puts
-- another function in its place. docs/decisions/0141-errors-of-several-nodes.md

create function fhir.hold_shards(shards int[]) returns void language sql as 'select';
