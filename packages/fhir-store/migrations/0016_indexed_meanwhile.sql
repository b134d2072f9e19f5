-- Whether resources have index rows that the statement which asks cannot see, because they were stored behind its snapshot by
-- somebody who indexes anew. Each query of a volatile function has a snapshot of its own. docs/decisions/0007-search.md
create function fhir.indexed(rids bigint[], shards int[]) returns boolean language plpgsql volatile as $$
begin
  return exists (
    select from unnest(rids, shards) as i (rid, shard) join fhir.search s on s.rid = i.rid and s.shard = i.shard
  );
end $$;
