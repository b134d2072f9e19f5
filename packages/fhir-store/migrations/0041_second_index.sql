-- additive
-- A second set of the tables of the search index. One set holds the definition that searches read; in the other the next definition is
-- built, and when it takes over, the first set is emptied and waits for the one after. Both have the same columns and indexes: who adds one
-- adds it to both. docs/decisions/0027-index-definitions.md
create table fhir.search_b (like fhir.search including all);
create table fhir.tok_b (like fhir.tok including all);
create table fhir.num_b (like fhir.num including all);
create table fhir.date_b (like fhir.date including all);
create table fhir.str_b (like fhir.str including all);
create table fhir.contained_b (like fhir.contained including all);
create table fhir.boundary_b (like fhir.boundary including all);
set local lock_timeout = '3s';
alter table fhir.search_b set (toast_tuple_target = 4080);
alter table fhir.contained_b set (toast_tuple_target = 4080);

-- As `fhir.indexed` of 0016.
create function fhir.indexed_b(rids bigint[], shards int[]) returns boolean language plpgsql volatile as $$
begin
  return exists (
    select from unnest(rids, shards) as i (rid, shard) join fhir.search_b s on s.rid = i.rid and s.shard = i.shard
  );
end $$;

-- As `fhir.hold_references` of 0039, which servers of before still call, in the set of tables of a definition. Whether that is still the
-- one that is searched is asked behind all else: who stores rows of the next definition alone can only come behind this transaction, since
-- the locks are had by then.
create function fhir.hold_references(
  definition int,       -- the definition of the index that tells what refers to the deleted
  second boolean,       -- the set of tables it is in
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
  referred boolean := false;
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
    if second then
      referred := referred or exists (
        select from fhir.search_b s
        where s.keys && gone[n : n + 63] and s.ty <> all (records)
          and s.own not in (select unnest(disregarded)) -- hashed, whatever the plan
      );
    else
      referred := referred or exists (
        select from fhir.search s
        where s.keys && gone[n : n + 63] and s.ty <> all (records)
          and s.own not in (select unnest(disregarded))
      );
    end if;
  end loop;
  if cardinality(gone) > 0 and not exists (
    select from fhir.index_state i where i.single and i.complete and i.version = definition
  ) then
    perform fhir.not_indexed();
  end if;
  if referred then
    raise exception using errcode = 'DHP02', message = 'references are broken';
  end if;
  return true;
end $$;
