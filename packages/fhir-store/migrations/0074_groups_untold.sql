-- additive
-- Who belongs to a group is looked up within a bound, and for a consent once. Earlier servers go on with the functions of 0067.
-- docs/decisions/0060-provisions-and-members.md
set local lock_timeout = '3s';

-- The version that a link is made of; null: of a server of before, which does not say.
alter table fhir.care_link add column ver int;

-- Of some roles, teams and groups those of which it is not known of all who belongs to them: they are not told by links, or one of what belongs to
-- them is not. Where more than `most` are in them together, nothing is known of any. `kind`: 12 what has members of its own, 13 all are told.
-- `strict`: only by links of the current version.
create function fhir.groups_untold(of_groups bigint[], most int, strict boolean) returns bigint[] language plpgsql stable parallel safe as $$
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
          and (not strict or exists (select from fhir.resource r where r.rid = k.rid and r.ver = k.ver)))) end);
end
$$;

-- As fhir.consent_parts_refuse. It is first decided as if nothing were known of any group: what holds neither then needs no look at one.
-- `most`: roles, teams and groups that are looked at for one consent.
create function fhir.consent_denies(
  provisions fhir.consent_part[], made boolean, given jsonb, is_own boolean, verb int, by_callers bigint[], by_may bigint[], by_within bigint[], by_maybe bigint[],
  in_organizations boolean, by_purposes bigint[], unknown int, of_ty int, of_own bigint, of_keys bigint[], of_low timestamptz, of_high timestamptz, most int, strict boolean
) returns boolean language plpgsql stable parallel safe as $$
declare
  groups_known boolean := by_maybe is not null and (by_may is not null or not in_organizations);
  untold bigint[] := '{}';
  rest bigint[];
  denied boolean;
begin
  if made is not true then
    return fhir.consent_refuses_to(given, is_own, verb, by_callers, by_may, by_purposes, unknown, of_ty, of_own, of_keys, of_low, of_high);
  end if;
  if groups_known then
    untold := array(select distinct g from unnest(provisions) as p cross join unnest(p.groups) as g where not p.excepts);
  end if;
  loop
    denied := exists (
      select from unnest(provisions) as p
      group by p.refusal
      having (not is_own or bool_or(not p.excepts and coalesce(p.actors && by_callers or p.groups && by_within, false)))
        and bool_and(p.excepts <> coalesce(
          not (p.excepts and p.vague)
          and statement_timestamp() >= p.since and statement_timestamp() < p.until
          and (p.verbs is null or p.verbs & verb <> 0 or verb = 2 and not p.excepts)
          and (p.actors is null or p.actors && by_callers or coalesce(p.groups && by_within, false)
            or not p.excepts and (coalesce(p.actors && by_may, false) or coalesce(p.groups && by_maybe, false)
              or p.kinds & unknown & (case when by_may is null then -1 else ~1 end) & (case when groups_known then ~2 else -1 end) <> 0
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
    rest := fhir.groups_untold(untold, most, strict);
    exit when cardinality(rest) = cardinality(untold);
    untold := rest;
  end loop;
  return denied;
end
$$;
