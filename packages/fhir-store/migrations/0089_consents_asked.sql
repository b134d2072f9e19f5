-- additive
-- A consent is asked by one function, and to what a caller belongs is looked up once for a statement. Earlier servers go on with
-- fhir.consent_denies and fhir.stands_in, and with what their statements say themselves. docs/decisions/0075-consents-in-statements.md

-- Some organisations with all that these are parts of. Null: nobody knows it.
create type fhir.organizations as (
  words  bigint[], -- as consents name them
  hashes bigint[]  -- of `Organization/<id>`
);

-- To what a caller belongs.
create type fhir.consent_asker as (
  may    bigint[], -- words of its organisations with all that these are parts of: they refuse, and do not permit; null where nobody knows it
  within bigint[], -- roles, teams and groups to which it surely belongs
  maybe  bigint[], -- those to which it may belong; null where nobody knows it
  told   boolean   -- only links of the current version count
);

-- Whether all links of membership are made as a program of this definition makes them.
create function fhir.members_made(since_definition int, of_types smallint[]) returns boolean language plpgsql stable parallel safe as $$
begin
  return (
    select count(distinct b.ty) = cardinality(of_types) from fhir.care_build b
    where b.definition >= since_definition and b.ty = any(of_types) and b.complete);
end
$$;

-- `ty`: of Organizations; `part_of`: of their references to the whole. Null where one of them is not here, or more than `most` are: of which larger one it is a part, nobody
-- knows then.
create function fhir.organizations_above(of_organizations bigint[], organization smallint, part_of bigint, most int)
returns fhir.organizations language plpgsql stable parallel safe as $$
begin
  return (
    with recursive up (of_own) as (
      select unnest(of_organizations)
      union
      select a.own from up
      join fhir.search b on b.own = up.of_own and b.ty = organization cross join unnest(b.keys) as k (key)
      join fhir.search a on a.own = k.key # part_of and a.ty = organization
    ), above as (
      select r.id as of_id, up.of_own, position('"partOf"' in r.content) = 0 or exists (
        select from unnest(b.keys) as k (key) join up other on other.of_own = k.key # part_of) as known
      from up left join fhir.search b on b.own = up.of_own and b.ty = organization
      left join fhir.resource r on r.rid = b.rid and r.shard = b.shard and r.ty = organization
      limit most + 1
    )
    select case when count(*) between 1 and most and bool_and(of_id is not null and known)
      then row(array_agg(fhir.consent_actor('Organization/' || of_id)), array_agg(of_own))::fhir.organizations end from above);
end
$$;

-- The same by the second set of tables of the index.
create function fhir.organizations_above_b(of_organizations bigint[], organization smallint, part_of bigint, most int)
returns fhir.organizations language plpgsql stable parallel safe as $$
begin
  return (
    with recursive up (of_own) as (
      select unnest(of_organizations)
      union
      select a.own from up
      join fhir.search_b b on b.own = up.of_own and b.ty = organization cross join unnest(b.keys) as k (key)
      join fhir.search_b a on a.own = k.key # part_of and a.ty = organization
    ), above as (
      select r.id as of_id, up.of_own, position('"partOf"' in r.content) = 0 or exists (
        select from unnest(b.keys) as k (key) join up other on other.of_own = k.key # part_of) as known
      from up left join fhir.search_b b on b.own = up.of_own and b.ty = organization
      left join fhir.resource r on r.rid = b.rid and r.shard = b.shard and r.ty = organization
      limit most + 1
    )
    select case when count(*) between 1 and most and bool_and(of_id is not null and known)
      then row(array_agg(fhir.consent_actor('Organization/' || of_id)), array_agg(of_own))::fhir.organizations end from above);
end
$$;

-- Whether a link is of the current version of its resource.
create function fhir.is_current(of_rid bigint, of_shard int, of_ver int) returns boolean language plpgsql stable parallel safe as $$
begin
  return exists (select from fhir.resource r where r.rid = of_rid and r.shard = coalesce(of_shard, r.shard) and r.ver = of_ver);
end
$$;

-- As fhir.stands_in, which does not ask for the shard.
create function fhir.belongs_to(actors bigint[], not_by bigint[], followed int[], strict boolean) returns bigint[] language plpgsql stable parallel safe as $$
begin
  return array(
    with recursive stands (of_actor) as (
      select unnest(actors)
      union
      select l.target from stands s join fhir.care_link l on l.actor = s.of_actor and l.kind > 7
      where l.kind = any(followed) and (not_by is null or l.subject is null or l.subject <> all(not_by))
        and l.since <= statement_timestamp() and statement_timestamp() < l.until
        and (not strict or fhir.is_current(l.rid, l.shard, l.ver))
    )
    select of_actor from stands limit 2000);
end
$$;

-- As fhir.groups_untold, which does not ask for the shard.
create function fhir.untold_of(of_groups bigint[], most int, strict boolean) returns bigint[] language plpgsql stable parallel safe as $$
begin
  return (
    with recursive within (root, own) as (
      select g, g from unnest(of_groups) as g
      union
      -- The limit also keeps the planner from reading the links of all groups.
      select w.root, l.actor from within w cross join lateral (
        select k.actor from fhir.care_link k where k.target = w.own and k.kind = 12 limit most + 1) l
    ), seen as materialized (
      select root, own from within limit most + 1
    )
    select case when (select count(*) from seen) > most then of_groups else array(
      select distinct s.root from seen s
      where not exists (
        select from fhir.care_link k where k.target = s.own and k.actor = s.own and k.kind = 13
          and (not strict or fhir.is_current(k.rid, k.shard, k.ver)))) end);
end
$$;

-- `members`: as links of membership name the caller; null: it is not known which person asks. `hands`: by whose own hand nothing is permitted.
-- `most`: actors at which fhir.belongs_to stops, behind which nobody knows the rest. `made`: all links of membership are made.
create function fhir.asker(members bigint[], hands bigint[], above fhir.organizations, most int, made boolean)
returns fhir.consent_asker language plpgsql stable parallel safe as $$
declare
  asks fhir.consent_asker;
begin
  asks.may := above.words;
  asks.told := made;
  if members is not null then
    asks.within := fhir.belongs_to(members, hands, '{8,9,10}', made);
    if made then
      asks.maybe := fhir.belongs_to(members || coalesce(above.hashes, '{}'), null, '{8,9,10,11}', false);
      if cardinality(asks.maybe) >= most then
        asks.maybe := null;
      end if;
    end if;
  end if;
  return asks;
end
$$;

-- The patients in several of whose compartments a resource is, and other hashes, by its keys. `seed`: makes a patient of such a key.
create function fhir.several(of_keys bigint[], seed bigint) returns bigint[] language plpgsql immutable parallel safe as $$
begin
  return array(select k # seed from unnest(of_keys) as k);
end
$$;

-- Whether a consent in its time refuses a resource to a caller: of a patient, in the national reading or not, with its place among others (`dated`, `place`,
-- `itself`), what it refuses of the whole record, and its provisions (`made`: of its version; else `given` is asked).
-- `by_`: who asks, with the patients who it is, and its words as one who may act for patients; `of_`: the resource; `most`: roles, teams and groups that are looked at for one consent.
create function fhir.consent_withholds(
  patient bigint, is_national boolean, at_dated timestamptz, place bigint, itself bigint, whole_of smallint, given jsonb, provisions fhir.consent_part[], made boolean,
  by_own bigint[], by_persons bigint[], verb int, by_callers bigint[], by_asker fhir.consent_asker, in_organizations boolean, by_purposes bigint[], unknown int,
  of_ty int, of_own bigint, of_keys bigint[], of_low timestamptz, of_high timestamptz, most int
) returns boolean language plpgsql stable parallel safe as $$
declare
  is_own boolean := patient = any(by_own);
  groups_known boolean;
  untold bigint[] := '{}';
  rest bigint[];
  denied boolean;
begin
  -- Of those in the national reading the latest stands for all.
  if is_national and exists (
    select from fhir.consent l
    where l.pat = patient and l.national and l.since <= statement_timestamp() and statement_timestamp() < l.until
      and (l.dated, l.rid, l.own) > (at_dated, place, itself)
  ) then
    return false;
  end if;
  if not is_own and by_persons <> '{}' then
    is_own := exists (
      select from fhir.consent g
      where g.pat = patient and g.grantees && by_persons and g.since <= statement_timestamp() and statement_timestamp() < g.until
        and not (g.national and exists (
          select from fhir.consent l
          where l.pat = patient and l.national and l.since <= statement_timestamp() and statement_timestamp() < l.until
            and (l.dated, l.rid, l.own) > (g.dated, g.rid, g.own))));
  end if;
  if whole_of & verb <> 0 and not is_own then
    return true;
  end if;
  if given is null then
    return false;
  end if;
  if made is not true then
    return fhir.consent_refuses_to(given, is_own, verb, by_callers, by_asker.may, by_purposes, unknown, of_ty, of_own, of_keys, of_low, of_high);
  end if;
  -- It is first decided as if nothing were known of any group: what holds neither then needs no look at one.
  groups_known := by_asker.maybe is not null and (by_asker.may is not null or not in_organizations);
  if groups_known then
    untold := array(select distinct g from unnest(provisions) as p cross join unnest(p.groups) as g where not p.excepts);
  end if;
  loop
    denied := exists (
      select from unnest(provisions) as p
      group by p.refusal
      having (not is_own or bool_or(not p.excepts and coalesce(p.actors && by_callers or p.groups && by_asker.within, false)))
        and bool_and(p.excepts <> coalesce(
          not (p.excepts and p.vague)
          and statement_timestamp() >= p.since and statement_timestamp() < p.until
          and (p.verbs is null or p.verbs & verb <> 0 or verb = 2 and not p.excepts)
          and (p.actors is null or p.actors && by_callers or coalesce(p.groups && by_asker.within, false)
            or not p.excepts and (coalesce(p.actors && by_asker.may, false) or coalesce(p.groups && by_asker.maybe, false)
              or p.kinds & unknown & (case when by_asker.may is null then -1 else ~1 end) & (case when groups_known then ~2 else -1 end) <> 0
              or coalesce(p.groups && untold, false)))
          and (p.purposes is null or coalesce(p.purposes && by_purposes, not p.excepts))
          and (p.types is null or of_ty = any(p.types))
          and (p.low is null
            or case when of_high = '-infinity' then not p.excepts else of_high > p.low and of_low < p.high end)
          and (p.documents is null or p.documents && of_keys)
          and (p.refs is null or of_own = any(p.owns) or not p.excepts and p.vague_refs or p.refs && of_keys)
          and (p.codes is null or p.codes && of_keys)
          and (p.labels is null or p.labels && of_keys or exists (
            select from unnest(fhir.labels_of(array[of_own])) as f (label)
            where f.label = any(p.label_names) or split_part(f.label, '|', 2) = any(p.label_codes))),
          not p.excepts)));
    exit when not denied or untold = '{}' or rest is not null;
    rest := fhir.untold_of(untold, most, by_asker.told);
    exit when cardinality(rest) = cardinality(untold);
    untold := rest;
  end loop;
  return denied;
end
$$;
