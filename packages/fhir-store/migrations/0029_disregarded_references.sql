-- As `fhir.hold_references` of 0007, which servers of before still call, with two exceptions of a deletion: what a resource refers to
-- whose own hash is among `disregarded`, or whose type is among `records`, may be deleted.
create function fhir.hold_references(
  buckets int[],
  exclusive boolean[],
  tys smallint[],
  ids text[],
  gone bigint[],
  changed bigint[],
  disregarded bigint[], -- hashes of `Type/id`
  records smallint[]    -- types that record what happened
) returns boolean language plpgsql volatile as $$
declare
  lock record;
begin
  for lock in select * from unnest(buckets, exclusive) as l (bucket, alone) loop
    if lock.alone then
      perform pg_advisory_xact_lock(1145585746, lock.bucket);
    else
      perform pg_advisory_xact_lock_shared(1145585746, lock.bucket);
    end if;
  end loop;
  if exists (
    select from unnest(tys, ids) as t (ty, id)
    left join fhir.identity d on d.ty = t.ty and d.id = t.id
    left join fhir.resource r on r.rid = d.rid and r.shard = d.shard
    where r.rid is null or r.deleted
  ) or exists (
    select from unnest(gone) as g (key)
    join fhir.search s on s.keys @> array[g.key]
    where s.rid <> all (changed) and s.own <> all (disregarded) and s.ty <> all (records)
  ) then
    raise exception using errcode = 'DHP02', message = 'references are broken';
  end if;
  return true;
end $$;
