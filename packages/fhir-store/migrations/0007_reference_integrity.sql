-- For a transaction that stores references and deletions only where they fit together; docs/decisions/0007-search.md.
-- Ends it (DHP02) when a target does not exist or is deleted, or when a resource that refers to one of `gone` is not among
-- `changed`. Until it ends nobody else deletes the targets, or stores a reference to what is gone: locks by a hash of the
-- names, shared by those who refer. The queries see what was committed before the locks were had, because in a volatile
-- function each has a snapshot of its own; that of the statement which calls it is older.
create function fhir.hold_references(
  buckets int[],      -- what is locked, each once and ascending
  exclusive boolean[],
  tys smallint[],     -- the targets
  ids text[],
  gone bigint[],      -- the keys of any reference to what is deleted
  changed bigint[]    -- rids of what the transaction itself stores, whose references the caller has compared
) returns boolean language plpgsql volatile as $$
declare
  lock record;
begin
  for lock in select * from unnest(buckets, exclusive) as l (bucket, alone) loop
    if lock.alone then
      perform pg_advisory_xact_lock(1145585746, lock.bucket); -- the first number sets these locks apart from others
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
    where s.rid <> all (changed)
  ) then
    raise exception using errcode = 'DHP02', message = 'references are broken';
  end if;
  return true;
end $$;
