-- additive
-- Whether the rows lie on several nodes. `distribute` puts another function in its place. docs/decisions/0130-writes-on-several-nodes.md

create function fhir.is_spread() returns boolean language sql stable as 'select false';

-- What has been committed, on all nodes: one that has none but this one knows it by its snapshot.
create function fhir.whole_snapshot() returns pg_snapshot language sql stable as 'select pg_current_snapshot()';
