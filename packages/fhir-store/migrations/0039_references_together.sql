-- additive
-- As `fhir.hold_references` of 0029, which servers of before still call, without its argument `changed`. What refers to the deleted is
-- read for 64 keys at once, not for each key again: n resources that each refer to n others, all deleted together, were read n times
-- each. Not for all keys at once, because each row that the index finds is compared with all of them there.
create function fhir.hold_references(
  buckets int[],        -- what is locked, each once and ascending
  exclusive boolean[],
  tys smallint[],       -- the targets
  ids text[],
  gone bigint[],        -- the keys of any reference to what is deleted
  disregarded bigint[], -- hashes of `Type/id` of what may refer to that
  records smallint[]    -- types that record what happened, and may refer to it too
) returns boolean language plpgsql volatile
-- With many keys the planner expects to find most of the table, which is always wrong.
set enable_seqscan = off
as $$
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
  ) then
    raise exception using errcode = 'DHP02', message = 'references are broken';
  end if;
  for n in 1 .. cardinality(gone) by 64 loop
    if exists (
      select from fhir.search s
      where s.keys && gone[n : n + 63] and s.ty <> all (records)
        and s.own not in (select unnest(disregarded)) -- hashed, whatever the plan
    ) then
      raise exception using errcode = 'DHP02', message = 'references are broken';
    end if;
  end loop;
  return true;
end $$;
